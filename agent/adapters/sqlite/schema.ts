// Opens the store's database: brings its schema to the newest version, sets a damaged file aside.
import { renameSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** Each entry brings the schema to its index + 1 (`user_version`); never change one that was released. */
export const migrations = [
  `CREATE TABLE deploys (
     id INTEGER PRIMARY KEY AUTOINCREMENT, revision TEXT NOT NULL, subject TEXT NOT NULL, wanted TEXT NOT NULL,
     via TEXT NOT NULL, by_name TEXT NOT NULL, uid INTEGER NOT NULL, caller_from TEXT NOT NULL, log TEXT NOT NULL,
     accepted INTEGER NOT NULL, began INTEGER, ended INTEGER, state TEXT NOT NULL, code TEXT,
     sentence TEXT NOT NULL DEFAULT '', superseded_by INTEGER, before_json TEXT, images_json TEXT) STRICT;
   CREATE INDEX unfinished ON deploys (state, id) WHERE state IN ('running', 'waiting', 'live');
   CREATE TABLE steps (
     deploy INTEGER NOT NULL REFERENCES deploys, name TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER, ok INTEGER,
     remark TEXT NOT NULL DEFAULT '') STRICT;
   CREATE INDEX steps_of ON steps (deploy);
   CREATE INDEX steps_named ON steps (name, ended) WHERE ok = 1;`,
  `ALTER TABLE deploys ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE deploys ADD COLUMN boot TEXT NOT NULL DEFAULT '';
   ALTER TABLE deploys ADD COLUMN used INTEGER;
   ALTER TABLE deploys ADD COLUMN has_log INTEGER NOT NULL DEFAULT 1;
   CREATE INDEX logged ON deploys (id) WHERE has_log = 1;
   CREATE INDEX imaged ON deploys (id) WHERE images_json IS NOT NULL;
   CREATE INDEX revisions ON deploys (revision);
   CREATE INDEX released ON deploys (id) WHERE state IN ('live', 'was live');
   CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;`,
  'ALTER TABLE deploys ADD COLUMN visits_json TEXT;',
  `ALTER TABLE deploys ADD COLUMN inputs TEXT;
   ALTER TABLE deploys ADD COLUMN anew INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX built_from ON deploys (inputs, id) WHERE inputs IS NOT NULL;`,
  // SQLite does not use a partial index for `state = ?`.
  'DROP INDEX unfinished; CREATE INDEX states ON deploys (state, id);',
  // Every deploy pins its revision. Up to now only releases with images lost their pin again.
  `CREATE TABLE removals (revision TEXT PRIMARY KEY) STRICT;
   ALTER TABLE deploys ADD COLUMN pinned INTEGER NOT NULL DEFAULT 1;
   UPDATE deploys SET pinned = 0 WHERE state = 'was live' AND images_json IS NULL;
   CREATE INDEX pinned ON deploys (id) WHERE pinned = 1;`,
]

export interface OpenedDatabase {
  db: DatabaseSync
  /** Path under which a damaged database was set aside; null where it was sound. */
  damagedFile: string | null
}

/** Opens the database at a path, or `:memory:`, in the newest schema. A damaged file is set aside, and a new one begun. */
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

/** SQLITE_CORRUPT and SQLITE_NOTADB, https://www.sqlite.org/rescode.html */
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
