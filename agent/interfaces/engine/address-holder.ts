// Reads and occupies addresses in the networks of a project. Docker gives a container the lowest free address of each
// network when it starts, and frees it when it stops; it refuses an address that compose has not configured.

/** Addresses that Docker gives out in one network, for IPv4 or IPv6. */
export interface AddressPool {
  subnet: string
  /** The part of the subnet that containers get addresses of (`ip_range`); null for all of it. */
  range: string | null
  /** Null if Docker does not tell it: then it is the first address. */
  gateway: string | null
  /** Addresses that the network's configuration excludes. */
  excluded: string[]
}

export interface NetworkUse {
  /** Empty for a network whose addresses another driver gives out. */
  pools: AddressPool[]
  taken: TakenAddress[]
}

export interface TakenAddress {
  address: string
  /** The container's id. */
  container: string
  isPlaceholder: boolean
}

export interface AddressHolder {
  /** Reads the networks of created containers, with the addresses that compose configured; by the container's id. */
  readConfiguredAddresses(ids: string[]): Promise<Map<string, Record<string, string[]>>>
  readNetworkUse(names: string[]): Promise<Map<string, NetworkUse>>
  /** Starts placeholders, so that `holdLowestAddress` needs less time. */
  preparePlaceholders(project: string, count: number): Promise<void>
  /** Lets a placeholder take the lowest free address of each family in a network. */
  holdLowestAddress(project: string, network: string): Promise<TakenAddress[]>
  /** Frees the addresses that a placeholder has in a network. */
  releaseAddress(placeholder: string, network: string): Promise<void>
  /** Removes all placeholders of a project, also those of an agent that died. */
  removePlaceholders(project: string): Promise<void>
}
