// Chooses what happens to new connections while containers are replaced.
import type { ExistingContainer, PlannedContainer } from '../interfaces/engine/compose-plan.ts'
import type { PublishedPort } from '../interfaces/published-port.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import type { TrafficGate } from '../interfaces/traffic-gate.ts'
import { Failure } from '../protocol/failure.ts'
import { plainSwapText } from '../protocol/step-text.ts'
import { equalsPort, type StackChange } from './stack-change.ts'

/** hold: connections wait; standby: a second container serves them meanwhile; plain: they are refused for a moment. */
export type Strategy = 'hold' | 'standby' | 'plain'

export interface StrategyDeps {
  gate: Pick<TrafficGate, 'whyUnavailable'>
  /** The strategy that the configuration names for a service. */
  strategy(service: string): Strategy
}

/** Holds connections instead of starting standbys, which would delay the start of the containers. */
export function withoutStandby<Deps extends StrategyDeps>(deps: Deps): Deps {
  return { ...deps, strategy: (service) => (deps.strategy(service) === 'plain' ? 'plain' : 'hold') }
}

export interface SwapStrategies {
  /** Ports that are held, except where a standby takes their connections. */
  hold: PublishedPort[]
  /** Planned containers that get a standby. */
  standby: PlannedContainer[]
  /** Containers whose open connections are given time to end. */
  drain: ExistingContainer[]
  /** Every published port that the swap interrupts. */
  all: PublishedPort[]
}

type PortOwner = { service: string; ports: PublishedPort[] }

/** Chooses by service; notes that the configured strategy of a service is not possible. */
export async function chooseStrategies(
  { stopping, leaving, late }: Pick<StackChange, 'stopping' | 'leaving' | 'late'>,
  { gate, strategy }: StrategyDeps,
  ctx: StepContext,
): Promise<SwapStrategies> {
  const planned = late.flatMap((target) => target.planned ?? [])
  const owners: PortOwner[] = [...stopping, ...planned].filter(({ ports }) => publishedPorts([{ ports }]).length > 0)
  // A port that nobody publishes afterwards is closed for good: neither hold nor measure it.
  const isLeaving = ({ id }: ExistingContainer) => leaving.some((old) => old.id === id)
  const remaining = publishedPorts([...planned, ...stopping.filter((container) => !isLeaving(container))])
  const diverted = owners.filter(({ service }) => strategy(service) !== 'plain')
  const obstacle = diverted.length > 0 ? await gate.whyUnavailable() : null
  if (obstacle !== null)
    await notePlainSwap(serviceNames(diverted), ctx)(Failure.of('gate_stuck', { reason: obstacle }))
  const possible = obstacle === null ? diverted : []
  const replaces = (one: PlannedContainer) => stopping.some(({ id }) => id === one.replaces)
  const all = publishedPorts(owners).filter((port) => remaining.some((other) => equalsPort(other, port)))
  const isHeld = (port: PublishedPort) => possible.some(({ ports }) => ports.some((other) => equalsPort(other, port)))
  return {
    hold: all.filter(isHeld),
    standby: planned.filter(
      (one) => replaces(one) && strategy(one.service) === 'standby' && possible.some((owner) => owner === one),
    ),
    drain: stopping.filter((container) => possible.some((owner) => owner === container)),
    all,
  }
}

/** Handles a failure of the gate by a note: a release matters more than connections that are refused for a moment. */
export function notePlainSwap(services: string[], ctx: StepContext): (thrown: unknown) => Promise<void> {
  return (thrown) => ctx.note(plainSwapText(services, Failure.from(thrown).message))
}

export function serviceNames(owners: { service: string }[]): string[] {
  return [...new Set(owners.map(({ service }) => service))]
}

/** Lists each published port of these containers once. */
function publishedPorts(owners: Pick<PortOwner, 'ports'>[]): PublishedPort[] {
  const ports = owners.flatMap((owner) => owner.ports).filter(({ published }) => published !== null)
  return ports.filter((port, index) => ports.findIndex((other) => equalsPort(other, port)) === index)
}
