// Makes several writes durable at once.
import type { DatabaseSync } from 'node:sqlite'

export function runInTransaction(db: DatabaseSync, write: () => void): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    write()
    db.exec('COMMIT')
  } catch (thrown) {
    // SQLite itself rolls back when the disk is full.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw thrown
  }
}
