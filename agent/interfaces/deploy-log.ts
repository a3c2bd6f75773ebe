// The log of a deploy is the only place that holds its lines; followers are served from it. adapters/logs/log-files.ts
// implements it.
import type { LogLine } from '../protocol/log-line.ts'

export interface DeployLog {
  readonly path: string
  /** Resolves for output of a command when there is room for more, for the headline and the beginning of a step when
   * they are written, and for other lines when they are on the disk. */
  write(line: LogLine): Promise<void>
  /** Resolves when all lines are on the disk. */
  close(): Promise<void>
}

export interface DeployLogs {
  /** Returns the path for a new log: `<YYYY-MM-DD> <HH:MM:SS> <revision> <user>` in the folder of the logs. */
  choosePath(revision: string, user: string, at: Date): Promise<string>
  /** Opens a log to append lines; an empty log gets the headline first. */
  open(path: string, headline: string): Promise<DeployLog>
}

/** A log file on the disk, with its first and last line. */
export interface FoundLog {
  path: string
  name: string
  firstLine: string
  lastLine: string
}
