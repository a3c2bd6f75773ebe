// Networks in memory that give addresses as Docker does: the lowest free one when a container starts.
import type {
  AddressHolder,
  AddressPool,
  NetworkUse,
  TakenAddress,
} from '../../../agent/interfaces/engine/address-holder.ts'

const gateway = 1
const pool: AddressPool = { subnet: '10.1.0.0/24', range: null, gateway: null, excluded: [] }

/** The last number of each address in a network, with the container that has it. */
type Occupants = Map<number, string>

export class MemoryNetworks implements AddressHolder {
  readonly networks = new Map<string, Occupants>()
  /** Networks of containers, with the configured address. */
  readonly configured = new Map<string, Record<string, string[]>>()
  /** Placeholders that were started, and addresses that they took. */
  holds = 0
  prepared = 0
  #placeholders = 0

  constructor(...names: string[]) {
    for (const name of names) this.networks.set(name, new Map([[gateway, 'gateway']]))
  }

  start(id: string): void {
    for (const [network, [address]] of Object.entries(this.configured.get(id) ?? {}))
      this.#take(network, id, address ? Number(address.split('.')[3]) : undefined)
  }

  stop(id: string): void {
    for (const occupants of this.networks.values())
      for (const [number, occupant] of occupants) if (occupant === id) occupants.delete(number)
  }

  addressesOf(id: string): Record<string, string[]> {
    return Object.fromEntries(
      [...this.networks].map(([network, occupants]) => [
        network,
        [...occupants].filter(([, occupant]) => occupant === id).map(([number]) => `10.1.0.${number}`),
      ]),
    )
  }

  #take(network: string, id: string, configured?: number): number {
    const occupants = this.networks.get(network) ?? new Map<number, string>()
    let number = configured ?? gateway
    while (occupants.has(number)) {
      if (configured !== undefined) throw new Error('Address already in use')
      number++
    }
    occupants.set(number, id)
    return number
  }

  async readConfiguredAddresses(ids: string[]): Promise<Map<string, Record<string, string[]>>> {
    return new Map(ids.map((id) => [id, this.configured.get(id) ?? {}]))
  }

  async readNetworkUse(names: string[]): Promise<Map<string, NetworkUse>> {
    return new Map(names.map((name) => [name, { pools: [pool], taken: this.#takenIn(name) }]))
  }

  #takenIn(network: string): TakenAddress[] {
    return [...(this.networks.get(network) ?? [])].flatMap(([number, container]) =>
      number === gateway
        ? []
        : [{ address: `10.1.0.${number}`, container, isPlaceholder: /^placeholder/.test(container) }],
    )
  }

  async preparePlaceholders(_project: string, count: number): Promise<void> {
    this.prepared = count
  }

  async holdLowestAddress(_project: string, network: string): Promise<TakenAddress[]> {
    this.holds++
    const container = `placeholder ${++this.#placeholders}`
    return [{ address: `10.1.0.${this.#take(network, container)}`, container, isPlaceholder: true }]
  }

  async releaseAddress(placeholder: string, network: string): Promise<void> {
    for (const [number, occupant] of this.networks.get(network) ?? [])
      if (occupant === placeholder) this.networks.get(network)?.delete(number)
  }

  async removePlaceholders(): Promise<void> {
    for (const occupants of this.networks.values())
      for (const [number, occupant] of occupants) if (/^placeholder/.test(occupant)) occupants.delete(number)
  }
}
