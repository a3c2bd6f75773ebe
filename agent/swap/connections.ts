// Diverts new connections away from containers that are about to stop, and releases them when others answer.
import { setTimeout as after } from 'node:timers/promises'
import type { AvailabilityProbe, ProbeSession } from '../interfaces/availability-probe.ts'
import type { Containers } from '../interfaces/engine/containers.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import type { TrafficGate } from '../interfaces/traffic-gate.ts'
import { availabilityText } from '../protocol/deploy-text.ts'
import { Failure } from '../protocol/failure.ts'
import type { Availability } from '../protocol/messages.ts'
import { leftoverText } from '../protocol/step-text.ts'
import { summarizeProbes } from './availability.ts'
import { equalsPort } from './stack-change.ts'
import { notePlainSwap, type StrategyDeps, type SwapStrategies, serviceNames } from './strategies.ts'

export interface ConnectionDeps extends StrategyDeps {
  containers: Pick<Containers, 'startStandby' | 'removeStandbys' | 'waitForDrain'>
  gate: TrafficGate
  probe: AvailabilityProbe
  /** Seconds that a new container gets to become ready. */
  readySeconds: number
  /** Records the result of the probes. */
  saveAvailability(availability: Availability): void
}

/** Milliseconds that requests on older connections get to end once new connections are held or redirected: a distant
 * client may have connected but not yet sent its request. */
const drainMs = 150

/** Starts standbys, redirects connections to them, holds the others, and waits for the end of older ones. */
export async function divertConnections(
  { hold, standby, drain }: SwapStrategies,
  { containers, gate, readySeconds }: ConnectionDeps,
  probing: Pick<ProbeSession, 'stopProbing'>,
  ctx: StepContext,
): Promise<void> {
  const started = await Promise.all(standby.map((planned) => containers.startStandby(planned, readySeconds, ctx)))
  const routes = started.flat()
  await gate.redirect(routes).catch(notePlainSwap(serviceNames(standby), ctx))
  const held = hold.filter((port) => !routes.some((route) => equalsPort(route.port, port)))
  await gate.hold(held).catch(notePlainSwap(serviceNames(drain), ctx))
  await containers.waitForDrain(drain, drainMs)
  probing.stopProbing(held)
}

/** Releases connections and removes standbys and rules; notes a failure to remove them. */
export async function releaseConnections(
  { containers, gate }: Pick<ConnectionDeps, 'containers' | 'gate'>,
  project: string,
  ctx: StepContext,
): Promise<void> {
  const noteLeftover = (thrown: unknown) => ctx.note(leftoverText(Failure.from(thrown).message))
  // A standby ends within its own grace period, which does not count against the step's limit.
  using _ = ctx.pauseLimit()
  const wereRedirected = await gate.stopDiverting().catch(noteLeftover)
  // Redirected connections stay with the standby: let them end before it is removed.
  if (wereRedirected) await after(drainMs)
  await containers.removeStandbys(project).catch(noteLeftover)
  await gate.removeRules().catch(noteLeftover)
}

/** Records the availability, and shows it in the step's last line. */
export async function reportAvailability(
  probing: Pick<ProbeSession, 'finish'>,
  { saveAvailability }: Pick<ConnectionDeps, 'saveAvailability'>,
  ctx: StepContext,
): Promise<void> {
  const availability = summarizeProbes(await probing.finish())
  if (!availability) return
  saveAvailability(availability)
  ctx.remark(availabilityText(availability))
}
