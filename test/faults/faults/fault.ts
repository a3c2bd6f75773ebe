// What goes wrong in a round: the kinds of faults, and how each is done to a machine.
import { setTimeout as after } from 'node:timers/promises'
import type { Ground } from '../run/fault-site.ts'
import { emptied, filled, type Place, places } from './disk-filler.ts'
import type { Boundary, Wanted } from './write-boundary.ts'

export type Kind =
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
  | `full ${Place}`

export interface Fault {
  kind: Kind
  /** Null for a random instant, `ms` after the order was placed. */
  at: Boundary | null
  /** Where the agent is killed once more, after it came back. */
  again?: Boundary | undefined
  /** How long it waits, lasts, or how far it jumps. */
  ms: number
}

const kills: Partial<Record<Kind, number>> = { kill: 1, 'kill twice': 2, 'kill three times': 3 }

/** Milliseconds that a file system stays full when a deploy does not end. */
const fullPatience = 30_000

/** Visits of the site for which an agent stays frozen. */
const visitsOfFrozen = 150

const pid = '$(systemctl show -P MainPID bpt-deployer)'
const stop = `kill -STOP ${pid}`
const resume = `kill -CONT ${pid}`

/** What the agent must be told before the order is placed. */
export function prepared({ kind, at, again, ms }: Fault): Wanted[] {
  if (!at) return []
  if (kind === 'clock jump') return [{ ...at, do: 'clock', ms }]
  const times = kills[kind]
  if (!times) return [{ ...at, do: 'stop' }]
  const all = [...Array.from({ length: times }, () => at), ...(again ? [again] : [])]
  return all.map((one) => ({ ...one, do: 'kill' }))
}

export interface Orders {
  /** Resolves when all who asked for something have their answers. */
  answers: Promise<unknown>
  hangUp(): void
}

/** Does what the agent does not do to itself; resolves when the fault is over, with false when nothing came to it. */
export async function done({ kind, at, ms }: Fault, ground: Ground, { answers, hangUp }: Orders): Promise<boolean> {
  const { vm } = ground.site
  const sh = (script: string) => vm.run(script, { timeoutMs: 90_000 })
  if (!at) await after(ms)
  else if (!(await ground.hit())) return false
  if (prepared({ kind, at, ms }).some((one) => one.do !== 'stop')) return true
  const goOn = at ? resume : ':'
  const frozen = (program: string, seconds: number) =>
    sh(`kill -STOP $(pidof ${program}); ${goOn}; sleep ${seconds}; kill -CONT $(pidof ${program})`)
  if (kind === 'kill at random') await sh('systemctl kill -s KILL --kill-whom=main bpt-deployer')
  // The agent goes on at some instant of the restart.
  if (kind === 'engine restart') await sh(`systemctl restart docker & sleep ${(ms % 2000) / 1000}; ${goOn}; wait`)
  if (kind === 'journald frozen') await frozen('systemd-journald', (2000 + (ms % 3000)) / 1000)
  if (kind === 'engine frozen') await frozen('dockerd', (1000 + (ms % 4000)) / 1000)
  if (kind === 'agent frozen') {
    if (!at) await sh(stop)
    await ground.visitor.waitForRequests(visitsOfFrozen)
    await sh(resume)
  }
  if (kind === 'agent restart') await sh(`${goOn}; systemctl restart bpt-deployer`)
  const place = full(kind)
  if (place) {
    await sh(`${filled(place)}; ${goOn}`)
    await Promise.race([answers, after(fullPatience)])
    await sh(emptied(place))
  }
  if (kind === 'power cut') {
    hangUp()
    await ground.cut()
  }
  return true
}

/** The file system that a fault fills. */
export function full(kind: Kind): Place | null {
  return (Object.keys(places) as Place[]).find((place) => kind === `full ${place}`) ?? null
}
