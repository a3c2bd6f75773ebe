// A TCP port that a service publishes.

export interface PublishedPort {
  /** The container's. */
  target: number
  /** The host's; null where Docker chooses it. */
  published: number | null
  /** The host's address on which it is published; null for all of them. */
  address: { ip: string; family: 4 | 6 } | null
}
