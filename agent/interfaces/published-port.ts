// Describes a TCP port that a service publishes on the host, and reads it from the words of Docker and compose.
import { isIPv6 } from 'node:net'

export interface PublishedPort {
  /** The container's port. */
  target: number
  /** The host's port; null if Docker chooses it. */
  published: number | null
  /** The host's address that the port is bound to; null for all addresses. */
  address: { ip: string; family: 4 | 6 } | null
}

/**
 * @param ip the host's address; empty for all addresses.
 * @param hostPort empty, `0` or a range such as `8000-8010` if Docker chooses the port.
 */
export function toPublishedPort(target: number, ip: string, hostPort: string): PublishedPort {
  return {
    target,
    published: /^[1-9]\d*$/.test(hostPort) ? Number(hostPort) : null,
    address: isAnyAddress(ip) ? null : { ip, family: isIPv6(ip) ? 6 : 4 },
  }
}

export function isAnyAddress(ip: string): boolean {
  return ip === '' || ip === '0.0.0.0' || ip === '::'
}
