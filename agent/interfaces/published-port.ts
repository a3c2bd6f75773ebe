// Describes a TCP port that a service publishes on the host.

export interface PublishedPort {
  /** The container's port. */
  target: number
  /** The host's port; null if Docker chooses it. */
  published: number | null
  /** The host's address that the port is bound to; null for all addresses. */
  address: { ip: string; family: 4 | 6 } | null
}
