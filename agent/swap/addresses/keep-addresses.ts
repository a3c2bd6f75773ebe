// Lets containers keep their addresses over a swap: a proxy such as nginx looks an address up only once.
import type { AddressHolder, NetworkUse } from '../../interfaces/engine/address-holder.ts'
import type { Dependencies } from '../../interfaces/engine/compose-plan.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import { addressesNotKeptText } from '../../protocol/step-text.ts'
import { type AddressedStart, chooseNext, countGaps, countPlaceholders, findPlaceholders } from './address-order.ts'
import { awaitAddresses } from './await-addresses.ts'
import { type AddressedSwap, countSpares, planAddresses } from './planned-addresses.ts'

interface WaitingStart extends AddressedStart {
  startNow(): Promise<void>
  done: PromiseWithResolvers<void>
}

type NetworkUses = Map<string, NetworkUse>

/** Begins a swap that keeps addresses. */
export async function keepAddresses(
  { project, starting, existing, dependencies }: AddressedSwap,
  holder: AddressHolder,
  { note }: Pick<StepContext, 'note'>,
): Promise<AddressKeeper> {
  const noteFailure = (thrown: unknown) => note(addressesNotKeptText(Failure.from(thrown).message))
  const [configured] = await Promise.all([
    holder.readConfiguredAddresses(starting.map(({ id }) => id)).catch(noteFailure),
    holder.removePlaceholders(project).catch(noteFailure),
  ])
  const starts = planAddresses(starting, existing, configured ?? new Map())
  return new AddressKeeper(project, starts, dependencies, holder, note)
}

/**
 * Decides when each container of a swap starts. Failures are only noted: a release matters more than an address.
 * Dispose it when the swap has ended or failed: its placeholders are removed.
 */
export class AddressKeeper implements AsyncDisposable {
  readonly #project: string
  readonly #starts: AddressedStart[]
  readonly #dependencies: Dependencies
  readonly #holder: AddressHolder
  readonly #note: StepContext['note']
  readonly #noteFailure = (thrown: unknown) => this.#note(addressesNotKeptText(Failure.from(thrown).message))
  readonly #networks: string[]
  readonly #waiting: WaitingStart[] = []
  readonly #started = new Set<string>()
  #isStarting = false
  #hasPlaceholders = false

  constructor(
    project: string,
    starts: AddressedStart[],
    dependencies: Dependencies,
    holder: AddressHolder,
    note: StepContext['note'],
  ) {
    this.#project = project
    this.#starts = starts
    this.#dependencies = dependencies
    this.#holder = holder
    this.#note = note
    this.#networks = [...new Set(starts.flatMap(({ wanted }) => Object.keys(wanted)))]
  }

  /** Occupies addresses that are free now, and starts further placeholders. Call it before the old containers stop. */
  async prepare(): Promise<void> {
    if (this.#networks.length === 0) return
    try {
      const networks = await this.#holder.readNetworkUse(this.#networks)
      for (const network of this.#networks) await this.#occupy(network, countGaps(network, this.#starts, networks), [])
      const spares = countSpares(this.#starts, this.#dependencies)
      this.#hasPlaceholders ||= spares > 0
      if (spares > 0) await this.#holder.preparePlaceholders(this.#project, spares)
    } catch (thrown) {
      await this.#noteFailure(thrown)
    }
  }

  /**
   * Calls `startNow` when Docker will give the container its addresses. Several containers start one after the other,
   * in the order that needs the fewest placeholders; nothing waits until a container is ready.
   */
  async start(id: string, startNow: () => Promise<void>): Promise<void> {
    const start = this.#starts.find((other) => other.id === id)
    if (!start || Object.keys(start.wanted).length === 0) return startNow()
    const done = Promise.withResolvers<void>()
    this.#waiting.push({ ...start, startNow, done })
    if (!this.#isStarting) void this.#startWaiting().catch((thrown: unknown) => this.#rejectWaiting(thrown))
    return done.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasPlaceholders) await this.#holder.removePlaceholders(this.#project).catch(this.#noteFailure)
  }

  async #startWaiting(): Promise<void> {
    this.#isStarting = true
    while (this.#waiting.length > 0) {
      const networks = await this.#readNetworks()
      const next = chooseNext(this.#waiting, this.#starts, networks)
      if (!next) break
      await this.#makeRoom(next, networks).catch(this.#noteFailure)
      this.#waiting.splice(this.#waiting.indexOf(next), 1)
      this.#started.add(next.id)
      await this.#startNext(next)
    }
    this.#isStarting = false
  }

  #rejectWaiting(thrown: unknown): void {
    this.#isStarting = false
    for (const { done } of this.#waiting.splice(0)) done.reject(thrown)
  }

  /** Resolves when the next container may start. */
  async #startNext(next: WaitingStart): Promise<void> {
    const start = next.startNow()
    const over = Promise.allSettled([start])
    try {
      if (this.#hasPlaceholders) await over.then(() => this.#freeStarted()).catch(this.#noteFailure)
      else if (this.#waiting.length > 0) await awaitAddresses(next, over, () => this.#readNetworks())
    } finally {
      void start.then(next.done.resolve, next.done.reject)
    }
  }

  /** Occupies the addresses below those that the container is to have, then frees these. */
  async #makeRoom(start: AddressedStart, networks: NetworkUses): Promise<void> {
    for (const [network, wanted] of Object.entries(start.wanted)) {
      await this.#occupy(network, countPlaceholders(start, network, this.#starts, networks), wanted)
      await this.#free(wanted, network, networks)
    }
  }

  /** Occupies the lowest free addresses, at most `count`, but none of `wanted`. */
  async #occupy(network: string, count: number, wanted: string[]): Promise<void> {
    for (let held = 0; held < count; held++) {
      this.#hasPlaceholders = true
      const taken = await this.#holder.holdLowestAddress(this.#project, network)
      const [excess] = findPlaceholders(wanted, taken)
      if (!excess) continue
      // Docker uses an address that it does not tell, so the lowest free one was the wanted one already.
      await this.#holder.releaseAddress(excess, network)
      return
    }
  }

  /** Frees the addresses of containers that have started and ended: their restart policy starts them again. */
  async #freeStarted(): Promise<void> {
    const networks = await this.#readNetworks()
    for (const { id, wanted } of this.#starts)
      if (this.#started.has(id))
        for (const [network, addresses] of Object.entries(wanted)) await this.#free(addresses, network, networks)
  }

  async #free(addresses: string[], network: string, networks: NetworkUses): Promise<void> {
    for (const placeholder of findPlaceholders(addresses, networks.get(network)?.taken ?? []))
      await this.#holder.releaseAddress(placeholder, network)
  }

  async #readNetworks(): Promise<NetworkUses> {
    if (this.#networks.length === 0) return new Map()
    try {
      return await this.#holder.readNetworkUse(this.#networks)
    } catch (thrown) {
      await this.#noteFailure(thrown)
      return new Map()
    }
  }
}
