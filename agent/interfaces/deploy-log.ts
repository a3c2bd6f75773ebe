// A deploy's log: the one place where its lines stand, from which followers are served. The real one is
// adapters/logs/log-files.ts.
import type { LogLine } from '../protocol/log-line.ts'

export interface DeployLog {
  readonly path: string
  /** Resolves when there is room for more; for a line of our own when it is on the disk. */
  write(line: LogLine): Promise<void>
  /** Resolves when all of it is on the disk. */
  close(): Promise<void>
}

export interface DeployLogs {
  /** A name that no log has: `<YYYY-MM-DD> <HH:MM:SS> <revision> <user>`. */
  name(revision: string, user: string, at: Date): Promise<string>
  /** Goes on with a log; one that has no line yet gets its head. */
  open(path: string, head: string): Promise<DeployLog>
}

/** A log file on the disk, with its first and last line. */
export interface FoundLog {
  path: string
  name: string
  first: string
  last: string
}
