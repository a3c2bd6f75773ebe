// Releases, their images and the way out of both, in SQLite.
import type { DatabaseSync } from 'node:sqlite'
import type { PruneRecords, ReleaseRecords } from '../../interfaces/deploy-store.ts'
import type { ImageIds } from '../../interfaces/engine/images.ts'
import { numberColumn, type Row, type RowReader, textColumn, toReusableBuild } from './row-reader.ts'
import { runInTransaction } from './transaction.ts'

export function createReleaseRecords(db: DatabaseSync, reader: RowReader): ReleaseRecords {
  const selectLive = db.prepare("SELECT * FROM deploys WHERE state = 'live' ORDER BY id DESC LIMIT 1")
  const updateImages = db.prepare('UPDATE deploys SET images_json = ?, inputs = ? WHERE id = ?')
  const selectReusable = db.prepare(
    'SELECT id, revision, images_json FROM deploys WHERE inputs = ? AND images_json IS NOT NULL ORDER BY id DESC LIMIT 5',
  )
  const selectReleases = db.prepare(
    "SELECT * FROM deploys WHERE state IN ('live', 'was live') AND via <> 'rollback' ORDER BY id DESC",
  )
  const selectRelease = db.prepare(
    `SELECT * FROM deploys WHERE revision = ? AND state IN ('live', 'was live') AND via <> 'rollback'
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

export function createPruneRecords(db: DatabaseSync): PruneRecords {
  const selectUnfinished = db.prepare("SELECT DISTINCT revision FROM deploys WHERE state IN ('running', 'waiting')")
  // Name the index, as above.
  const selectPinned = db.prepare(
    'SELECT revision FROM deploys INDEXED BY pinned WHERE pinned = 1 GROUP BY revision ORDER BY max(id) DESC',
  )
  const insertRemoval = db.prepare('INSERT OR IGNORE INTO removals (revision) VALUES (?)')
  const forgetRevision = db.prepare('UPDATE deploys SET images_json = NULL, pinned = 0 WHERE revision = ?')
  const selectRemovals = db.prepare('SELECT revision FROM removals')
  const deleteRemoval = db.prepare('DELETE FROM removals WHERE revision = ?')
  const selectExpiredLogs = db.prepare(
    `SELECT id, log FROM deploys WHERE has_log = 1 AND ended IS NOT NULL AND state <> 'live' AND (ended < ?
       OR id < (SELECT id FROM deploys WHERE has_log = 1 ORDER BY id DESC LIMIT 1 OFFSET ?)) LIMIT 1000`,
  )
  const updateLogDeleted = db.prepare('UPDATE deploys SET has_log = 0 WHERE id = ?')

  return {
    unfinishedRevisions: () => selectUnfinished.all().map(({ revision }) => textColumn(revision)),
    pinnedRevisions: () => selectPinned.all().map(({ revision }) => textColumn(revision)),
    beginRemoval: (revisions) =>
      runInTransaction(db, () => {
        for (const revision of revisions) {
          insertRemoval.run(revision)
          forgetRevision.run(revision)
        }
      }),
    pendingRemovals: () => selectRemovals.all().map(({ revision }) => textColumn(revision)),
    endRemoval: (revisions) =>
      runInTransaction(db, () => {
        for (const revision of revisions) deleteRemoval.run(revision)
      }),
    expiredLogs: (count, before) =>
      selectExpiredLogs
        .all(before, Math.max(0, count - 1))
        .map((row) => ({ id: numberColumn(row.id), log: textColumn(row.log) })),
    markLogDeleted: (id) => void updateLogDeleted.run(id),
  }
}
