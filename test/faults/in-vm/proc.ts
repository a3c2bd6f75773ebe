// Reads /proc.
import { readFileSync } from 'node:fs'

/** Returns nothing when the process has ended meanwhile. */
export function readCommandLine(pid: string): string[] {
  return readOrEmpty(`/proc/${pid}/cmdline`).split('\0').filter(Boolean)
}

/** Returns an empty text when the process has ended meanwhile. */
export function readParentPid(pid: string): string {
  const [, afterName = ''] = readOrEmpty(`/proc/${pid}/stat`).split(/\) (?=[A-Z] )/)
  return afterName.split(' ')[1] ?? ''
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
