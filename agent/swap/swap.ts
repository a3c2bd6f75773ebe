// Replaces the containers of released services. Unless the strategy is plain, no new connection is refused meanwhile.
import { setTimeout as after } from 'node:timers/promises'
import type { AvailabilityProbe } from '../interfaces/availability-probe.ts'
import type { Service } from '../interfaces/engine/compose-project.ts'
import type { ContainerSwap } from '../interfaces/engine/container-swap.ts'
import { type StepContext, withTimeLimit } from '../interfaces/step-context.ts'
import type { TrafficGate } from '../interfaces/traffic-gate.ts'
import { availabilityText } from '../protocol/deploy-text.ts'
import { Failure } from '../protocol/failure.ts'
import type { Availability } from '../protocol/messages.ts'
import { leftoverText, nothingToSwapText } from '../protocol/step-text.ts'
import { summarizeProbes } from './availability.ts'
import { notePlainSwap, planSwap, publishedPorts, type SwapPlanDeps } from './swap-plan.ts'

export interface SwapDeps extends SwapPlanDeps {
  containers: ContainerSwap
  gate: TrafficGate
  probe: AvailabilityProbe
  /** Seconds that a new container gets to become ready. */
  readySeconds: number
  /** True if a swap of this deploy may have begun before the agent or the engine died. */
  wasInterrupted: boolean
  /** Records the result of the probes. */
  saveAvailability(availability: Availability): void
}

/** Milliseconds that requests on older connections get to end once new connections are held or redirected: a distant
 * client may have connected but not yet sent its request. */
const drainMs = 150

/**
 * Makes these services run as the compose file and its images say, and waits until they are ready.
 * If it fails, connections stay held or redirected until the previous state is put back.
 */
export async function swap(services: Service[], deps: SwapDeps, ctx: StepContext): Promise<void> {
  const { containers, gate } = deps
  // After an interruption, replace all services: the new container may run without being ready, and the gate may hold
  // connections for it.
  const outdated = deps.wasInterrupted ? services : await containers.outdatedServices(services)
  if (outdated.length === 0) return ctx.remark(nothingToSwapText)
  const { hold, standby } = await planSwap(outdated, deps, ctx)
  using probing = deps.probe(publishedPorts(outdated))
  const routes = await containers.startStandbys(standby, deps.readySeconds, ctx)
  await gate.redirect(routes).catch(notePlainSwap(standby, ctx))
  // A service that does not run gets no standby, so its connections are held.
  const withoutRoute = publishedPorts(standby).filter((port) => !routes.some((route) => route.port === port))
  const held = gate.hold([...publishedPorts(hold), ...withoutRoute]).catch(notePlainSwap(hold, ctx))
  const drained = held.then(() => containers.waitForDrain([...hold, ...standby], drainMs))
  // Wait for both even if one fails: neither may continue while the previous state is put back.
  const prepared = await Promise.allSettled([drained, containers.prepareContainers(outdated, ctx)])
  for (const result of prepared) if (result.status === 'rejected') throw result.reason
  probing.stopProbing(publishedPorts(hold))
  await containers.replaceContainers(outdated, ctx)
  // The time limit's message must name `verify`, the limit to raise if a container needs longer to become ready.
  using limit = withTimeLimit('verify', deps.readySeconds, ctx.signal)
  await containers.waitUntilReady(outdated, { ...ctx, signal: limit.signal })
  await endSwap(deps, ctx)
  const availability = summarizeProbes(await probing.finish())
  if (!availability) return
  deps.saveAvailability(availability)
  ctx.remark(availabilityText(availability))
}

/** Releases connections and removes standbys, replaced containers and rules; notes a failure to remove them. */
export async function endSwap(
  { containers, gate }: Pick<SwapDeps, 'containers' | 'gate'>,
  ctx: StepContext,
): Promise<void> {
  const noteLeftover = (thrown: unknown) => ctx.note(leftoverText(Failure.from(thrown).message))
  const wasRedirected = await gate.stopDiverting().catch(noteLeftover)
  // Redirected connections stay with the standby: let them end before it is removed.
  if (wasRedirected) await after(drainMs)
  await containers.removeReplaced().catch(noteLeftover)
  await gate.removeRules().catch(noteLeftover)
}
