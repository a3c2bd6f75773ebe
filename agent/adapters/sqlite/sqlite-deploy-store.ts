// Opens the deploy store in SQLite: WAL with synchronous=FULL, so that a call that returned survives a power cut.
import type { DeployStore } from '../../interfaces/deploy-store.ts'
import { openDatabase } from './database.ts'
import { createDeployRecords, createStepRecords } from './deploy-records.ts'
import { createPruneRecords } from './prune-records.ts'
import { createReleaseRecords } from './release-records.ts'
import { createRowReader } from './row-reader.ts'
import {
  createBootRecord,
  createContentRecord,
  createDiskUseRecords,
  createPauseRecord,
  createRestoreRecords,
  createWatchRecords,
} from './state-records.ts'

export type SqliteDeployStore = DeployStore & {
  close(): void
  /** Path under which a damaged database was set aside; null if it was sound. */
  readonly damagedFile: string | null
}

/** Opens the store at a path, or `:memory:`. A damaged file is set aside, and a new one begun. */
export function openDeployStore(path: string): SqliteDeployStore {
  const { db, damagedFile } = openDatabase(path)
  const reader = createRowReader(db)
  return {
    ...createDeployRecords(db, reader),
    ...createStepRecords(db),
    ...createRestoreRecords(db, reader),
    ...createReleaseRecords(db, reader),
    ...createPruneRecords(db),
    ...createDiskUseRecords(db),
    ...createPauseRecord(db),
    ...createWatchRecords(db),
    ...createBootRecord(db),
    ...createContentRecord(db),
    damagedFile,
    close: () => db.close(),
  }
}
