// Waits until a container has its addresses: Docker gives them in the first part of a start, long before its end.
import { setTimeout as after } from 'node:timers/promises'
import type { NetworkUse } from '../../interfaces/engine/address-holder.ts'
import type { AddressedStart } from './address-order.ts'

/** Docker tells an address by an event as well, but to subscribe takes as long as the start needs to give one. */
const checkIntervalMs = 10

/** Resolves when the container has an address in each of its networks, or its start has ended. */
export async function awaitAddresses(
  { id, wanted }: Pick<AddressedStart, 'id' | 'wanted'>,
  start: Promise<unknown>,
  readNetworks: () => Promise<ReadonlyMap<string, NetworkUse>>,
): Promise<void> {
  let isOver = false
  const over = start.then(() => {
    isOver = true
  })
  while (!isOver) {
    const networks = await readNetworks()
    const isIn = (network: string) => networks.get(network)?.taken.some(({ container }) => container === id) ?? true
    if (Object.keys(wanted).every(isIn)) return
    await Promise.race([over, after(checkIntervalMs, undefined, { ref: false })])
  }
}
