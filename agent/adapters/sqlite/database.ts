// Opens the store's database: brings its schema to the newest version, sets a damaged file aside.
import { renameSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { migrations } from './migrations.ts'

export interface OpenedDatabase {
  db: DatabaseSync
  /** Path under which a damaged database was set aside; null if it was sound. */
  damagedFile: string | null
}

/** Opens the database at a path, or `:memory:`, in the newest schema. A damaged file is set aside, and a new one
 * begun. */
export function openDatabase(path: string): OpenedDatabase {
  try {
    return { db: openSound(path), damagedFile: null }
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown
    const damagedFile = `${path}.damaged-${new Date().toISOString().replaceAll(':', '')}`
    renameSync(path, damagedFile)
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
    return { db: openSound(path), damagedFile }
  }
}

function openSound(path: string): DatabaseSync {
  const db = new DatabaseSync(path)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
  const [check] = db.prepare('PRAGMA quick_check(1)').all()
  if (check?.quick_check !== 'ok') throw Object.assign(new Error(String(check?.quick_check)), { errcode: 11 })
  migrate(db)
  return db
}

/** True for SQLITE_CORRUPT and SQLITE_NOTADB, https://www.sqlite.org/rescode.html */
function isDamage(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'errcode' in thrown ? Number(thrown.errcode) & 0xff : 0
  return code === 11 || code === 26
}

function migrate(db: DatabaseSync): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version)
  if (version > migrations.length)
    throw new Error(`the database is of a newer bpt-deployer (schema ${version}, this one knows ${migrations.length})`)
  for (const [index, migration] of migrations.entries())
    if (index >= version) db.exec(`BEGIN; ${migration} PRAGMA user_version = ${index + 1}; COMMIT`)
}
