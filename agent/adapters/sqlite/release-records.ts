// Stores releases and their images in SQLite.
import type { DatabaseSync } from 'node:sqlite'
import type { ReleaseRecords } from '../../interfaces/deploy-store.ts'
import type { ImageIds } from '../../interfaces/engine/images.ts'
import { type Row, type RowReader, textColumn, toReusableBuild } from './row-reader.ts'

export function createReleaseRecords(db: DatabaseSync, reader: RowReader): ReleaseRecords {
  const selectLive = db.prepare("SELECT * FROM deploys WHERE state = 'live' ORDER BY id DESC LIMIT 1")
  const updateImages = db.prepare('UPDATE deploys SET images_json = ?, inputs = ? WHERE id = ?')
  const selectReusable = db.prepare(
    'SELECT id, revision, images_json FROM deploys WHERE inputs = ? AND images_json IS NOT NULL ORDER BY id DESC LIMIT 5',
  )
  const selectReleases = db.prepare(
    "SELECT * FROM deploys WHERE state IN ('live', 'was live') AND via NOT IN ('rollback', 'put back') ORDER BY id DESC",
  )
  const selectRelease = db.prepare(
    `SELECT * FROM deploys WHERE revision = ? AND state IN ('live', 'was live') AND via NOT IN ('rollback', 'put back')
     ORDER BY id DESC LIMIT 1`,
  )
  // Name the index: by itself SQLite reads all deploys in the order of their revisions.
  const selectWithImages = db.prepare(
    `SELECT revision FROM deploys INDEXED BY imaged WHERE images_json IS NOT NULL
     GROUP BY revision ORDER BY max(id) DESC`,
  )
  return {
    liveDeploy: () => reader.deploy(selectLive.get()),
    imagesOf: (id) => reader.json<ImageIds>(id, 'images_json'),
    saveImages: (id, images, inputs = null) => void updateImages.run(JSON.stringify(images), inputs, id),
    findReusable: (inputs) => selectReusable.all(inputs).map(toReusableBuild),
    wantsNoCache: (id) => reader.rowOf(id)?.anew === 1,
    releases(limit) {
      const newest = new Map<string, Row>()
      for (const row of selectReleases.iterate()) {
        if (newest.size === limit) break
        const revision = textColumn(row.revision)
        if (!newest.has(revision)) newest.set(revision, row)
      }
      return reader.deploys([...newest.values()])
    },
    newestRelease: (revision) => reader.deploy(selectRelease.get(revision)),
    revisionsWithImages: () => selectWithImages.all().map(({ revision }) => textColumn(revision)),
  }
}
