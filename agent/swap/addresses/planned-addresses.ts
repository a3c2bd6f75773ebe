// Decides which address each container is to have after a swap, and how many placeholders its order needs. Pure functions.
import type { Dependencies, ExistingContainer, PlannedContainer } from '../../interfaces/engine/compose-plan.ts'
import type { AddressedStart } from './address-order.ts'
import { parseAddress } from './ip-address.ts'

/** A container that starts in a swap; `planned` is null for one that was there before. */
export interface StartingContainer {
  id: string
  service: string
  planned: Pick<PlannedContainer, 'name' | 'replaces'> | null
}

export interface AddressedSwap {
  project: string
  starting: StartingContainer[]
  /** The containers before the swap. */
  existing: Pick<ExistingContainer, 'id' | 'name' | 'addresses'>[]
  dependencies: Dependencies
}

/**
 * Gives each container the addresses of the one that it replaces, or its own former ones. A renamed service replaces none,
 * but may keep its `container_name`.
 * @param configured the networks of each container, with the addresses that compose has configured.
 */
export function planAddresses(
  starting: StartingContainer[],
  existing: Pick<ExistingContainer, 'id' | 'name' | 'addresses'>[],
  configured: ReadonlyMap<string, Record<string, string[]>>,
): AddressedStart[] {
  return starting.map(({ id, service, planned }) => {
    const formerId = planned ? planned.replaces : id
    const isFormer = (old: (typeof existing)[number]) => (formerId ? old.id === formerId : old.name === planned?.name)
    const addresses = existing.find(isFormer)?.addresses ?? {}
    const networks = Object.entries(configured.get(id) ?? {})
    return {
      id,
      service,
      wanted: Object.fromEntries(
        networks.map(([network, own]) => [network, own.length > 0 ? own : (addresses[network] ?? [])]),
      ),
      configured: new Set(networks.filter(([, own]) => own.length > 0).map(([network]) => network)),
    }
  })
}

/** Counts the placeholders that hold addresses of dependents while services with higher addresses start before them. */
export function countSpares(starts: AddressedStart[], dependencies: Dependencies): number {
  const counts = starts.map((start) => {
    const dependents = starts.filter(
      (other) => other !== start && isDependent(other.service, start.service, dependencies, new Set()),
    )
    return Object.keys(start.wanted).map(
      (network) => dependents.filter((dependent) => isLower(dependent, start, network)).length,
    )
  })
  return Math.max(0, ...counts.flat())
}

function isLower(one: AddressedStart, other: AddressedStart, network: string): boolean {
  const [first] = one.wanted[network] ?? []
  const [second] = other.wanted[network] ?? []
  if (!first) return false
  return !second || parseAddress(first).value < parseAddress(second).value
}

/** @param seen services that were looked at before. */
function isDependent(service: string, other: string, dependencies: Dependencies, seen: Set<string>): boolean {
  if (seen.has(service)) return false
  seen.add(service)
  const names = Object.keys(dependencies[service] ?? {})
  return names.includes(other) || names.some((name) => isDependent(name, other, dependencies, seen))
}
