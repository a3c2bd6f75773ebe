// Tells people which containers have other addresses than before: a proxy may still use the old ones.
import type { ExistingContainer, StackSnapshot } from '../../interfaces/engine/compose-plan.ts'
import type { Containers } from '../../interfaces/engine/containers.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import { addressesNotKeptText, changedAddressText } from '../../protocol/step-text.ts'
import { includesAddress } from './ip-address.ts'

type AddressedContainer = Pick<ExistingContainer, 'name' | 'service' | 'addresses'>

/** Compares the containers with those of a snapshot. Failures are only noted: a release matters more. */
export async function noteChangedAddresses(
  before: StackSnapshot,
  containers: Pick<Containers, 'snapshot'>,
  { note }: Pick<StepContext, 'note'>,
): Promise<void> {
  try {
    const now = await containers.snapshot(before.project)
    for (const text of findChangedAddresses(before.containers, now.containers)) await note(text)
  } catch (thrown) {
    await note(addressesNotKeptText(Failure.from(thrown).message))
  }
}

/** Writes a sentence for each network in which a container of the same name has another address. */
export function findChangedAddresses(before: AddressedContainer[], now: AddressedContainer[]): string[] {
  return now.flatMap(({ name, service, addresses }) => {
    const former = before.find((container) => container.name === name)?.addresses ?? {}
    return Object.entries(addresses).flatMap(([network, current]) => {
      const previous = former[network] ?? []
      const isKept = previous.every((address) => includesAddress(current, address))
      return isKept ? [] : [changedAddressText(service, network, current, previous)]
    })
  })
}
