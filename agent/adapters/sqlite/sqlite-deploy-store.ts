// The deploy store in SQLite: WAL with synchronous=FULL, so that a call that returned survives a power cut.
import type { DeployStore, PreviousState } from '../../interfaces/deploy-store.ts'
import type { ImageIds } from '../../interfaces/engine/images.ts'
import type { Deploy, Pause } from '../../protocol/messages.ts'
import { deployOf, numberColumn, type Row, reusableBuildOf, stepOf, textColumn } from './rows.ts'
import { openDatabase } from './schema.ts'

export type SqliteDeployStore = DeployStore & {
  close(): void
  /** Where a damaged database was set aside; null where all is well. */
  readonly damagedFile: string | null
}

/** Opens the store at a path, or `:memory:`; a damaged file is set aside and a new one begun. */
export function openDeployStore(path: string): SqliteDeployStore {
  const { db, aside: damagedFile } = openDatabase(path)

  const insert = db.prepare(
    `INSERT INTO deploys (revision, subject, wanted, via, by_name, uid, caller_from, log, accepted, images_json, anew,
       state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')`,
  )
  const put = db.prepare(
    `INSERT INTO deploys (id, revision, subject, wanted, via, by_name, uid, caller_from, log, accepted, began, ended,
       state, sentence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const byId = db.prepare('SELECT * FROM deploys WHERE id = ?')
  const stepsOf = db.prepare('SELECT * FROM steps WHERE deploy = ? ORDER BY rowid')
  const liveRow = db.prepare("SELECT * FROM deploys WHERE state = 'live' ORDER BY id DESC LIMIT 1")
  const newestRow = db.prepare('SELECT * FROM deploys ORDER BY id DESC LIMIT 1')
  const unfinishedRows = db.prepare("SELECT * FROM deploys WHERE state IN ('running', 'waiting') ORDER BY state, id")
  const page = db.prepare('SELECT * FROM deploys WHERE id < ? ORDER BY id DESC LIMIT ?')
  const begun = db.prepare(
    "UPDATE deploys SET state = 'running', began = coalesce(began, ?), boot = ?, attempts = attempts + 1 WHERE id = ?",
  )
  const stepBegun = db.prepare('INSERT INTO steps (deploy, name, began) VALUES (?, ?, ?)')
  const stepEnded = db.prepare(
    `UPDATE steps SET ok = ?, remark = ?, ended = ?
     WHERE rowid = (SELECT max(rowid) FROM steps WHERE deploy = ? AND ended IS NULL)`,
  )
  const kept = db.prepare('UPDATE deploys SET before_json = ? WHERE id = ?')
  const imaged = db.prepare('UPDATE deploys SET images_json = ?, inputs = ? WHERE id = ?')
  const builtFrom = db.prepare(
    'SELECT id, revision, images_json FROM deploys WHERE inputs = ? AND images_json IS NOT NULL ORDER BY id DESC LIMIT 5',
  )
  const visited = db.prepare('UPDATE deploys SET visits_json = ? WHERE id = ?')
  const released = db.prepare(
    "SELECT * FROM deploys WHERE state IN ('live', 'was live') AND via <> 'rollback' ORDER BY id DESC",
  )
  const releasedAs = db.prepare(
    `SELECT * FROM deploys WHERE revision = ? AND state IN ('live', 'was live') AND via <> 'rollback'
     ORDER BY id DESC LIMIT 1`,
  )
  const busy = db.prepare("SELECT DISTINCT revision FROM deploys WHERE state IN ('running', 'waiting')")
  // By the few that have images: left alone, SQLite reads all deploys in the order of their revisions.
  const withImages = db.prepare(
    `SELECT revision FROM deploys INDEXED BY imaged WHERE images_json IS NOT NULL
     GROUP BY revision ORDER BY max(id) DESC`,
  )
  const forgotten = db.prepare('UPDATE deploys SET images_json = NULL WHERE revision = ?')
  const old = db.prepare(
    `SELECT id, log FROM deploys WHERE has_log = 1 AND ended IS NOT NULL AND state <> 'live' AND (ended < ?
       OR id < (SELECT id FROM deploys WHERE has_log = 1 ORDER BY id DESC LIMIT 1 OFFSET ?)) LIMIT 1000`,
  )
  const logless = db.prepare('UPDATE deploys SET has_log = 0 WHERE id = ?')
  const needs = db.prepare('SELECT used FROM deploys WHERE used IS NOT NULL ORDER BY id DESC LIMIT 9')
  const needed = db.prepare('UPDATE deploys SET used = ? WHERE id = ?')
  const askedFor = db.prepare('SELECT 1 FROM deploys WHERE revision = ? LIMIT 1')
  const pushed = db.prepare("SELECT * FROM deploys WHERE via = 'push' ORDER BY id DESC LIMIT 1")
  const setting = db.prepare('SELECT value FROM settings WHERE name = ?')
  const set = db.prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)')
  const unset = db.prepare('DELETE FROM settings WHERE name = ?')
  const wasLive = db.prepare("UPDATE deploys SET state = 'was live' WHERE state = 'live'")
  const finished = db.prepare(
    `UPDATE deploys SET state = ?, sentence = ?, code = ?, superseded_by = ?, images_json = coalesce(?, images_json), ended = ? WHERE id = ?`,
  )
  const recent = db.prepare(
    'SELECT ended - began AS took FROM steps WHERE name = ? AND ok = 1 ORDER BY ended DESC LIMIT 9',
  )

  const read = (row: Row | undefined): Deploy | null =>
    row ? deployOf(row, stepsOf.all(numberColumn(row.id)).map(stepOf)) : null
  const all = (rows: Row[]) => rows.flatMap((row) => read(row) ?? [])
  const json = <T>(id: number, column: string): T | null => {
    const text = byId.get(id)?.[column]
    return typeof text === 'string' ? (JSON.parse(text) as T) : null
  }

  return {
    addDeploy(order, images = null) {
      const { lastInsertRowid } = insert.run(
        order.revision,
        order.subject,
        order.wanted,
        order.via,
        order.by,
        order.uid,
        order.from,
        order.log,
        order.accepted,
        images && JSON.stringify(images),
        order.noCache ? 1 : 0,
      )
      const accepted = read(byId.get(lastInsertRowid))
      if (!accepted) throw new Error(`deploy ${lastInsertRowid} is not in the database that just stored it`)
      return accepted
    },
    beginDeploy: (id, at, boot) => void begun.run(at, boot, id),
    beginStep: (id, name, at) => void stepBegun.run(id, name, at),
    endStep: (id, ok, remark, at) => void stepEnded.run(ok ? 1 : 0, remark, at, id),
    savePreviousState: (id, before) => void kept.run(JSON.stringify(before), id),
    saveAvailability: (id, visits) => void visited.run(JSON.stringify(visits), id),
    saveImages: (id, images, inputs = null) => void imaged.run(JSON.stringify(images), inputs, id),
    findReusable: (inputs) => builtFrom.all(inputs).map(reusableBuildOf),
    wantsNoCache: (id) => byId.get(id)?.anew === 1,
    endDeploy(id, end, at) {
      db.exec('BEGIN IMMEDIATE')
      try {
        if (end.state === 'live') wasLive.run()
        finished.run(
          end.state,
          end.sentence,
          end.state === 'failed' ? end.code : null,
          end.state === 'superseded' ? end.by : null,
          end.state === 'live' ? JSON.stringify(end.images) : null,
          at,
          id,
        )
        db.exec('COMMIT')
      } catch (thrown) {
        if (db.isTransaction) db.exec('ROLLBACK') // a full disk has rolled it back already
        throw thrown
      }
    },
    findDeploy: (id) => read(byId.get(id)),
    previousState: (id) => json<PreviousState>(id, 'before_json'),
    liveDeploy: () => read(liveRow.get()),
    imagesOf: (id) => json<ImageIds>(id, 'images_json'),
    attempts(id) {
      const row = byId.get(id)
      return { count: numberColumn(row?.attempts), boot: textColumn(row?.boot) }
    },
    revisionsWithImages: () => withImages.all().map(({ revision }) => textColumn(revision)),
    forgetImages: (revision) => void forgotten.run(revision),
    expiredLogs: (count, before) =>
      old.all(before, Math.max(0, count - 1)).map((row) => ({ id: numberColumn(row.id), log: textColumn(row.log) })),
    markLogDeleted: (id) => void logless.run(id),
    recentDiskUse: () => needs.all().map(({ used }) => numberColumn(used)),
    saveDiskUse: (id, bytes) => void needed.run(bytes, id),
    wasRequested: (revision) => askedFor.get(revision) !== undefined,
    releases(limit) {
      const found = new Map<string, Row>()
      for (const row of released.iterate()) {
        if (found.size === limit) break
        const revision = textColumn(row.revision)
        if (!found.has(revision)) found.set(revision, row)
      }
      return all([...found.values()])
    },
    newestRelease: (revision) => read(releasedAs.get(revision)),
    unfinishedRevisions: () => busy.all().map(({ revision }) => textColumn(revision)),
    lastPush: () => read(pushed.get()),
    importDeploys(deploys) {
      for (const d of deploys)
        put.run(
          d.id,
          d.revision,
          d.subject,
          d.wanted,
          d.via,
          d.by,
          d.uid,
          d.from,
          d.log,
          d.accepted,
          d.began,
          d.ended,
          d.state,
          d.sentence,
        )
    },
    damagedFile,
    isRestorePending: () => setting.get('astray') !== undefined,
    setRestorePending: (astray) => void (astray ? set.run('astray', '1') : unset.run('astray')),
    pause() {
      const stored = setting.get('pause')?.value
      return typeof stored === 'string' ? (JSON.parse(stored) as Pause) : null
    },
    setPause: (pause) => void (pause ? set.run('pause', JSON.stringify(pause)) : unset.run('pause')),
    newestDeploy: () => read(newestRow.get()),
    unfinishedDeploys: () => all(unfinishedRows.all()),
    history: ({ limit = 20, before = Number.MAX_SAFE_INTEGER }) => all(page.all(before, limit)),
    medianStepDuration: (name) => median(recent.all(name).map(({ took }) => numberColumn(took))),
    close: () => db.close(),
  }
}

function median(values: number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null
}
