// Chooses the strategy by which each service is swapped.
import type { Service } from '../interfaces/engine/compose-project.ts'
import type { PublishedPort } from '../interfaces/published-port.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import type { TrafficGate } from '../interfaces/traffic-gate.ts'
import { Failure } from '../protocol/failure.ts'
import { plainSwapText } from '../protocol/step-text.ts'

/** hold: connections wait; standby: a second container serves them meanwhile; plain: they are refused for a moment. */
export type Strategy = 'hold' | 'standby' | 'plain'

export type SwapPlan = Record<Strategy, Service[]>

export interface SwapPlanDeps {
  gate: Pick<TrafficGate, 'whyUnavailable'>
  /** The strategy that the configuration names for a service. */
  strategy(service: string): Strategy
}

/** Groups services by strategy; notes that the configured strategy of a service is not possible. */
export async function planSwap(
  services: Service[],
  { gate, strategy }: SwapPlanDeps,
  ctx: StepContext,
): Promise<SwapPlan> {
  const plan: SwapPlan = { hold: [], standby: [], plain: [] }
  const obstacle = await gate.whyUnavailable()
  for (const service of services) {
    const configured = strategy(service.name)
    const isPossible = obstacle === null && publishedPorts([service]).length > 0
    plan[isPossible ? configured : 'plain'].push(service)
    if (obstacle !== null && configured !== 'plain' && service.ports.length > 0)
      await notePlainSwap([service], ctx)(Failure.of('gate_stuck', { reason: obstacle }))
  }
  return plan
}

/** Handles a failure of the gate by a note: a release matters more than connections that are refused for a moment. */
export function notePlainSwap(services: Service[], ctx: StepContext): (thrown: unknown) => Promise<void> {
  const names = services.map(({ name }) => name)
  return (thrown) => ctx.note(plainSwapText(names, Failure.from(thrown).message))
}

export function publishedPorts(services: Service[]): PublishedPort[] {
  return services.flatMap(({ ports }) => ports.filter(({ published }) => published !== null))
}
