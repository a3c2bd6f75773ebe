// How what is released takes the place of what runs, so that nobody who connects meanwhile is refused.
import { setTimeout as after } from 'node:timers/promises'
import type { Engine, Service } from '../interfaces/engine.ts'
import type { Port } from '../interfaces/published-port.ts'
import { type Hand, limited } from '../interfaces/step-context.ts'
import type { Gate } from '../interfaces/traffic-gate.ts'
import { Failure } from '../protocol/failure.ts'
import type { Visits } from '../protocol/messages.ts'
import { summed, told, type Visitor } from './availability.ts'

/** hold: connections wait; understudy: a second container serves meanwhile; plain: they are refused for a moment. */
export type Strategy = 'hold' | 'understudy' | 'plain'

export interface Stage {
  engine: Engine
  gate: Gate
  visitor: Visitor
  /** What the configuration says of a service. */
  strategy(service: string): Strategy
  /** Seconds until what does not answer counts as one that never will. */
  patience: number
  /** True when an earlier life of the agent, or of the engine, may have begun it. */
  again: boolean
  /** Keeps what a visitor saw. */
  saw(visits: Visits): void
}

/** Milliseconds that requests get at most which came just before connections are held or led elsewhere: a client half
 * around the world has connected and not yet asked. */
const drain = 150

/** Lets these services run as the compose file and its images say, and waits until they answer. */
export async function swap(services: Service[], stage: Stage, hand: Hand): Promise<void> {
  const { engine, gate } = stage
  // What runs already may not answer yet, and who connects may be waiting for it.
  const stale = stage.again ? services : await engine.stale(services)
  if (stale.length === 0) return hand.remark('nothing to swap: same image, same configuration')
  const { hold, understudy } = await cast(stale, stage, hand)
  using watch = stage.visitor(portsOf(stale))
  const routes = await engine.understudies(understudy, stage.patience, hand)
  await gate.lead(routes).catch(refused(understudy, hand))
  // Where nothing runs that an understudy could stand in for, who connects waits.
  const unled = portsOf(understudy).filter((port) => !routes.some((route) => route.port === port))
  const held = gate.hold([...portsOf(hold), ...unled]).catch(refused(hold, hand))
  const drained = held.then(() => engine.quiet([...hold, ...understudy], drain))
  // Neither goes on while what has failed is put back.
  const begun = await Promise.allSettled([drained, engine.prepare(stale, hand)])
  for (const one of begun) if (one.status === 'rejected') throw one.reason
  watch.rest(portsOf(hold))
  await engine.exchange(stale, hand)
  using limit = limited('verify', stage.patience, hand.signal)
  await engine.ready(stale, { ...hand, signal: limit.signal })
  await leave(stage, hand)
  const visits = summed(await watch.seen())
  if (!visits) return
  stage.saw(visits)
  hand.remark(told(visits))
}

/** Nothing of a swap is left: connections go where Docker leads them, and only what should run is there. */
export async function leave({ engine, gate }: Pick<Stage, 'engine' | 'gate'>, hand: Hand): Promise<void> {
  const told = (thrown: unknown) => hand.note(`left behind until the next swap: ${Failure.from(thrown).message}`)
  const led = await gate.open().catch(told)
  if (led) await after(drain)
  await engine.settle().catch(told)
  await gate.clear().catch(told)
}

type Cast = Record<Strategy, Service[]>

/** Who is swapped in which way; says why it is not the way that was asked for. */
async function cast(services: Service[], { gate, strategy }: Stage, hand: Hand): Promise<Cast> {
  const cast: Cast = { hold: [], understudy: [], plain: [] }
  const hindrance = await gate.hindrance()
  for (const service of services) {
    const wanted = strategy(service.name)
    const able = hindrance === null && service.ports.some(({ published }) => published !== null)
    cast[able ? wanted : 'plain'].push(service)
    if (hindrance !== null && wanted !== 'plain' && service.ports.length > 0)
      await refused([service], hand)(Failure.of('gate_stuck', { reason: hindrance }))
  }
  return cast
}

/** The release matters more than who connects at this moment. */
function refused(services: Service[], hand: Hand): (thrown: unknown) => Promise<void> {
  const names = services.map(({ name }) => name).join(', ')
  return (thrown) =>
    hand.note(`${names} is swapped plainly, connections are refused meanwhile: ${Failure.from(thrown).message}`)
}

function portsOf(services: Service[]): Port[] {
  return services.flatMap(({ ports }) => ports.filter(({ published }) => published !== null))
}
