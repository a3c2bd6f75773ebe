// Lists the changes that lead to the newest schema of the store's database.

/**
 * Each entry brings the schema to its index + 1 (`user_version`); never change one that was released.
 * Columns of `deploys`: `before_json` is the state to put back, `failure_json` the failure or the cancel that ends the
 * deploy, `used` the bytes of disk that the deploy needed, `boot` the boot of the server during which it began last,
 * `fault_json` the fault after it went live, `inputs` the digest of its build inputs, and `anew` is 1 if its images are built without the build cache. The indexes
 * `logged` and `imaged` list deploys that have a log or images.
 */
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
  'ALTER TABLE deploys ADD COLUMN failure_json TEXT;',
  'ALTER TABLE deploys ADD COLUMN fault_json TEXT;',
]
