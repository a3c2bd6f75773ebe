// Describes the kinds of faults.
import { type FileSystemName, fileSystemNames } from './disk-filler.ts'
import type { ArmedAction, WriteBoundary } from './write-boundary.ts'

export type FaultKind =
  | 'kill'
  | 'kill twice'
  | 'kill three times'
  | 'kill at random'
  | 'engine restart'
  | 'power cut'
  | 'journald frozen'
  | 'engine frozen'
  | 'agent frozen'
  | 'agent restart'
  | 'clock jump'
  | `full ${FileSystemName}`

export interface Fault {
  kind: FaultKind
  /** Null for a random instant, `ms` after the request was sent. */
  at: WriteBoundary | null
  /** A boundary at which the agent is killed once more, after it came back. */
  secondAt?: WriteBoundary | undefined
  /** Milliseconds that the fault waits, lasts or shifts the clock. */
  ms: number
}

const killCounts: Partial<Record<FaultKind, number>> = { kill: 1, 'kill twice': 2, 'kill three times': 3 }

/** Gives the actions to arm in the agent before the request is sent. */
export function actionsToArm({ kind, at, secondAt, ms }: Fault): ArmedAction[] {
  if (!at) return []
  if (kind === 'clock jump') return [{ ...at, action: 'shift clock', clockShiftMs: ms }]
  const kills = killCounts[kind]
  // Any other fault comes from outside: the agent stops itself at the boundary, so that the fault hits it there.
  if (!kills) return [{ ...at, action: 'stop' }]
  const boundaries = [...Array.from({ length: kills }, () => at), ...(secondAt ? [secondAt] : [])]
  return boundaries.map((boundary) => ({ ...boundary, action: 'kill' }))
}

/** Gives the file system that a fault fills; null for any other fault. */
export function filledFileSystem(kind: FaultKind): FileSystemName | null {
  return fileSystemNames.find((name) => kind === `full ${name}`) ?? null
}
