// Decides which addresses must be occupied before a container starts, so that it gets the address of the container that
// it replaces. Docker gives the lowest free address, so all lower ones must be in use. Pure functions.
import type { AddressPool, NetworkUse, TakenAddress } from '../../interfaces/engine/address-holder.ts'
import { includesAddress, parseAddress, subnetBounds } from './ip-address.ts'

/** A container with the addresses that it is to have. */
export interface AddressedStart {
  id: string
  service: string
  /** By the name of the network; no addresses if any will do. */
  wanted: Record<string, string[]>
  /** Networks in which compose has configured an address: Docker gives it, whatever else is free. */
  configured: ReadonlySet<string>
}

export type NetworkUses = ReadonlyMap<string, NetworkUse>

/** More placeholders cost more time than a kept address is worth. */
const maxPlaceholders = 64

/** Chooses the container that needs the fewest placeholders if it starts next. */
export function chooseNext<Start extends AddressedStart>(
  starts: Start[],
  all: AddressedStart[],
  networks: NetworkUses,
): Start | undefined {
  const counted = starts.map((start) => {
    const counts = Object.keys(start.wanted).map((network) => countPlaceholders(start, network, all, networks))
    return { start, count: counts.reduce((total, count) => total + count, 0) }
  })
  return counted.sort((a, b) => a.count - b.count)[0]?.start
}

/**
 * Counts the free addresses of a network that placeholders must take before a container starts.
 * @param all containers of the swap: no other container may get an address that they are to have.
 */
export function countPlaceholders(
  { id, wanted, configured }: AddressedStart,
  network: string,
  all: AddressedStart[],
  networks: NetworkUses,
): number {
  const use = networks.get(network)
  if (!use || configured.has(network) || use.taken.some(({ container }) => container === id)) return 0
  const reserved = all.filter((other) => other.id !== id).flatMap((other) => other.wanted[network] ?? [])
  const counts = use.pools.map((pool) => {
    const inUse = use.taken.filter(({ isPlaceholder }) => !isPlaceholder)
    const target = highestOf(wanted[network] ?? [], pool)
    const isObtainable = target !== null && !valuesOf(addressesOf(inUse), pool).has(target)
    const kept = valuesOf(reserved, pool)
    return countFree(pool, use, (address) => (isObtainable ? address < target : kept.has(address)))
  })
  return Math.max(0, ...counts)
}

/** Counts the free addresses below those that containers are to have: they are free before the swap already. */
export function countGaps(network: string, all: AddressedStart[], networks: NetworkUses): number {
  const use = networks.get(network)
  if (!use) return 0
  const targets = all
    .filter(({ configured }) => !configured.has(network))
    .flatMap(({ wanted }) => wanted[network] ?? [])
  const counts = use.pools.map((pool) => {
    const highest = highestOf(targets, pool)
    return highest === null ? 0 : countFree(pool, use, (address) => address < highest)
  })
  return Math.max(0, ...counts)
}

/** Finds the placeholders that hold some of these addresses; each of them once, although it may hold two. */
export function findPlaceholders(addresses: string[], taken: TakenAddress[]): string[] {
  const holding = taken.filter(({ address, isPlaceholder }) => isPlaceholder && includesAddress(addresses, address))
  return [...new Set(holding.map(({ container }) => container))]
}

/** Counts from the lowest free address on, until one does not match. */
function countFree(pool: AddressPool, { taken }: NetworkUse, matches: (address: bigint) => boolean): number {
  let count = 0
  for (const address of freeAddresses(pool, valuesOf(addressesOf(taken), pool))) {
    if (!matches(address) || count === maxPlaceholders) break
    count++
  }
  return count
}

/** Yields free addresses in the order in which Docker gives them out. */
function* freeAddresses({ subnet, range, gateway, excluded }: AddressPool, used: Set<bigint>): Generator<bigint> {
  const { first, last } = subnetBounds(range ?? subnet)
  // The first address of a subnet is the subnet's own.
  const lowest = first === subnetBounds(subnet).first ? first + 1n : first
  const unavailable = new Set(excluded.map((address) => parseAddress(address).value))
  unavailable.add(gateway === null ? lowest : parseAddress(gateway).value)
  for (let address = lowest; address <= last; address++)
    if (!used.has(address) && !unavailable.has(address)) yield address
}

function highestOf(addresses: string[], pool: AddressPool): bigint | null {
  return [...valuesOf(addresses, pool)].reduce<bigint | null>(
    (highest, value) => (highest === null || value > highest ? value : highest),
    null,
  )
}

/** Returns those addresses as numbers that are of the pool's family. */
function valuesOf(addresses: string[], { subnet }: AddressPool): Set<bigint> {
  const { family } = parseAddress(subnet)
  const parsed = addresses.map(parseAddress)
  return new Set(parsed.filter((address) => address.family === family).map(({ value }) => value))
}

function addressesOf(taken: TakenAddress[]): string[] {
  return taken.map(({ address }) => address)
}
