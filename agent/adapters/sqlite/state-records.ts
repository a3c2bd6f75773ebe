// Stores the state that deploys leave for later ones: the state to put back, needed disk space, the pause, used contents.
import type { DatabaseSync } from 'node:sqlite'
import type {
  BootRecord,
  DiskUseRecords,
  PauseRecord,
  PreviousState,
  RestoreRecords,
  WatchRecords,
} from '../../interfaces/deploy-store.ts'
import type { ContentRecord, ContentStates } from '../../interfaces/engine/used-content.ts'
import type { FailureRecord } from '../../protocol/failure.ts'
import type { Pause } from '../../protocol/messages.ts'
import { numberColumn, type RowReader } from './row-reader.ts'

/** Name of the setting that is there while a restore is pending; it is stored in databases of users. */
const restorePending = 'astray'

export function createRestoreRecords(db: DatabaseSync, reader: RowReader): RestoreRecords {
  const settings = createSettings(db)
  const updatePrevious = db.prepare('UPDATE deploys SET before_json = ? WHERE id = ?')
  const updateAvailability = db.prepare('UPDATE deploys SET visits_json = ? WHERE id = ?')
  const updateFailure = db.prepare('UPDATE deploys SET failure_json = coalesce(failure_json, ?) WHERE id = ?')
  return {
    savePreviousState: (id, previous) => void updatePrevious.run(JSON.stringify(previous), id),
    previousState: (id) => reader.json<PreviousState>(id, 'before_json'),
    saveFailure: (id, { code, reason, help, brief }) =>
      void updateFailure.run(JSON.stringify({ code, reason, help, brief }), id),
    failure: (id) => reader.json<FailureRecord>(id, 'failure_json'),
    isRestorePending: () => settings.get(restorePending) !== null,
    setRestorePending: (isPending) => settings.set(restorePending, isPending ? '1' : null),
    saveAvailability: (id, availability) => void updateAvailability.run(JSON.stringify(availability), id),
  }
}

export function createDiskUseRecords(db: DatabaseSync): DiskUseRecords {
  const selectUsed = db.prepare('SELECT used FROM deploys WHERE used IS NOT NULL ORDER BY id DESC LIMIT 9')
  const updateUsed = db.prepare('UPDATE deploys SET used = ? WHERE id = ?')
  return {
    recentDiskUse: () => selectUsed.all().map(({ used }) => numberColumn(used)),
    saveDiskUse: (id, bytes) => void updateUsed.run(bytes, id),
  }
}

export function createPauseRecord(db: DatabaseSync): PauseRecord {
  const pause = createJsonSetting<Pause | null>(db, 'pause')
  return { pause: pause.read, setPause: pause.write }
}

export function createWatchRecords(db: DatabaseSync): WatchRecords {
  const state = createJsonSetting<ReturnType<WatchRecords['watchState']>>(db, 'watch')
  const updateFault = db.prepare('UPDATE deploys SET fault_json = coalesce(fault_json, ?) WHERE id = ?')
  const selectLastRun = db.prepare(
    "SELECT fault_json FROM deploys WHERE revision = ? AND state IN ('live', 'was live') ORDER BY id DESC LIMIT 1",
  )
  return {
    watchState: state.read,
    saveWatchState: state.write,
    saveFault: (id, fault) => void updateFault.run(JSON.stringify(fault), id),
    isBad: (revision) => typeof selectLastRun.get(revision)?.fault_json === 'string',
  }
}

export function createBootRecord(db: DatabaseSync): BootRecord {
  const boot = createJsonSetting<ReturnType<BootRecord['lastBoot']>>(db, 'boot')
  return { lastBoot: boot.read, saveBoot: boot.write }
}

export function createContentRecord(db: DatabaseSync): ContentRecord {
  const contents = createJsonSetting<ContentStates | null>(db, 'contents')
  return { contentStates: contents.read, saveContentStates: contents.write }
}

/** A value that is stored as JSON; writing null removes it. */
function createJsonSetting<Value>(db: DatabaseSync, name: string) {
  const settings = createSettings(db)
  return {
    read(): Value | null {
      const stored = settings.get(name)
      return stored === null ? null : (JSON.parse(stored) as Value)
    },
    write: (value: Value | null) => settings.set(name, value && JSON.stringify(value)),
  }
}

function createSettings(db: DatabaseSync) {
  const select = db.prepare('SELECT value FROM settings WHERE name = ?')
  const replace = db.prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)')
  const remove = db.prepare('DELETE FROM settings WHERE name = ?')
  return {
    get(name: string): string | null {
      const value = select.get(name)?.value
      return typeof value === 'string' ? value : null
    },
    /** Null removes the setting. */
    set: (name: string, value: string | null) => void (value === null ? remove.run(name) : replace.run(name, value)),
  }
}
