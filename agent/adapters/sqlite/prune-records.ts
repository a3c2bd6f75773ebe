// Stores the removals of old revisions and logs in SQLite.
import type { DatabaseSync } from 'node:sqlite'
import type { PruneRecords } from '../../interfaces/deploy-store.ts'
import { numberColumn, textColumn } from './row-reader.ts'
import { runInTransaction } from './transaction.ts'

export function createPruneRecords(db: DatabaseSync): PruneRecords {
  const selectUnfinished = db.prepare("SELECT DISTINCT revision FROM deploys WHERE state IN ('running', 'waiting')")
  // Name the index: by itself SQLite reads all deploys in the order of their revisions.
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
