// How what is released takes the place of what runs, so that nobody who connects meanwhile is refused.
import { setTimeout as after } from 'node:timers/promises'
import type { AvailabilityProbe } from '../interfaces/availability-probe.ts'
import type { Service } from '../interfaces/engine/compose-project.ts'
import type { Engine } from '../interfaces/engine/engine.ts'
import type { PublishedPort } from '../interfaces/published-port.ts'
import { type StepContext, withTimeLimit } from '../interfaces/step-context.ts'
import type { TrafficGate } from '../interfaces/traffic-gate.ts'
import { availabilityText } from '../protocol/deploy-text.ts'
import { Failure } from '../protocol/failure.ts'
import type { Availability } from '../protocol/messages.ts'
import { summarizeProbes } from './availability.ts'

/** hold: connections wait; standby: a second container serves meanwhile; plain: they are refused for a moment. */
export type Strategy = 'hold' | 'standby' | 'plain'

export interface SwapDeps {
  engine: Engine
  gate: TrafficGate
  probe: AvailabilityProbe
  /** What the configuration says of a service. */
  strategy(service: string): Strategy
  /** Seconds until what does not answer counts as one that never will. */
  readySeconds: number
  /** True when an earlier life of the agent, or of the engine, may have begun it. */
  isResumed: boolean
  /** Keeps what a visitor saw. */
  saveAvailability(visits: Availability): void
}

/** Milliseconds that requests get at most which came just before connections are held or led elsewhere: a client half
 * around the world has connected and not yet asked. */
const drainMs = 150

/** Lets these services run as the compose file and its images say, and waits until they answer. */
export async function swap(services: Service[], deps: SwapDeps, ctx: StepContext): Promise<void> {
  const { engine, gate } = deps
  // What runs already may not answer yet, and who connects may be waiting for it.
  const stale = deps.isResumed ? services : await engine.outdatedServices(services)
  if (stale.length === 0) return ctx.remark('nothing to swap: same image, same configuration')
  const { hold, standby } = await planSwap(stale, deps, ctx)
  using probing = deps.probe(publishedPorts(stale))
  const routes = await engine.startStandbys(standby, deps.readySeconds, ctx)
  await gate.redirect(routes).catch(notePlainSwap(standby, ctx))
  // Where nothing runs that a standby could stand in for, who connects waits.
  const unled = publishedPorts(standby).filter((port) => !routes.some((route) => route.port === port))
  const held = gate.hold([...publishedPorts(hold), ...unled]).catch(notePlainSwap(hold, ctx))
  const drained = held.then(() => engine.waitForDrain([...hold, ...standby], drainMs))
  // Neither goes on while what has failed is put back.
  const begun = await Promise.allSettled([drained, engine.prepareContainers(stale, ctx)])
  for (const one of begun) if (one.status === 'rejected') throw one.reason
  probing.stopProbing(publishedPorts(hold))
  await engine.replaceContainers(stale, ctx)
  using limit = withTimeLimit('verify', deps.readySeconds, ctx.signal)
  await engine.waitUntilReady(stale, { ...ctx, signal: limit.signal })
  await endSwap(deps, ctx)
  const visits = summarizeProbes(await probing.finish())
  if (!visits) return
  deps.saveAvailability(visits)
  ctx.remark(availabilityText(visits))
}

/** Nothing of a swap is left: connections go where Docker leads them, and only what should run is there. */
export async function endSwap({ engine, gate }: Pick<SwapDeps, 'engine' | 'gate'>, ctx: StepContext): Promise<void> {
  const told = (thrown: unknown) => ctx.note(`left behind until the next swap: ${Failure.from(thrown).message}`)
  const led = await gate.stopDiverting().catch(told)
  if (led) await after(drainMs)
  await engine.removeReplaced().catch(told)
  await gate.removeRules().catch(told)
}

type SwapPlan = Record<Strategy, Service[]>

/** Who is swapped in which way; says why it is not the way that was asked for. */
async function planSwap(services: Service[], { gate, strategy }: SwapDeps, ctx: StepContext): Promise<SwapPlan> {
  const swapPlan: SwapPlan = { hold: [], standby: [], plain: [] }
  const hindrance = await gate.whyUnavailable()
  for (const service of services) {
    const wanted = strategy(service.name)
    const able = hindrance === null && service.ports.some(({ published }) => published !== null)
    swapPlan[able ? wanted : 'plain'].push(service)
    if (hindrance !== null && wanted !== 'plain' && service.ports.length > 0)
      await notePlainSwap([service], ctx)(Failure.of('gate_stuck', { reason: hindrance }))
  }
  return swapPlan
}

/** The release matters more than who connects at this moment. */
function notePlainSwap(services: Service[], ctx: StepContext): (thrown: unknown) => Promise<void> {
  const names = services.map(({ name }) => name).join(', ')
  return (thrown) =>
    ctx.note(`${names} is swapped plainly, connections are refused meanwhile: ${Failure.from(thrown).message}`)
}

function publishedPorts(services: Service[]): PublishedPort[] {
  return services.flatMap(({ ports }) => ports.filter(({ published }) => published !== null))
}
