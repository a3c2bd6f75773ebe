// Reads the TCP ports that a container publishes from Docker's inspection of it.
import { isIPv6 } from 'node:net'
import type { ContainerInspectInfo, HostConfig } from 'dockerode'
import type { PublishedPort } from '../../../interfaces/published-port.ts'

const anyAddresses = new Set(['', '0.0.0.0', '::'])

/** Lists the configured ports; a running container may have other ones where Docker chooses. */
export function publishedPortsOf({ HostConfig }: { HostConfig: Pick<HostConfig, 'PortBindings'> }): PublishedPort[] {
  const ports = Object.entries(HostConfig.PortBindings ?? {}).flatMap(([key, bindings]) => {
    const [target, protocol] = key.split('/')
    if (protocol !== 'tcp') return []
    const ofTarget: { HostIp?: string; HostPort?: string }[] = Array.isArray(bindings) ? bindings : []
    return ofTarget.map(({ HostIp = '', HostPort = '' }) => toPublishedPort(Number(target), HostIp, HostPort))
  })
  // Bindings to all addresses of IPv4 and of IPv6 are the same port.
  return [...new Map(ports.map((port) => [JSON.stringify(port), port])).values()]
}

/** Returns the host's port that Docker chose for connections to all addresses, or to the port's own address. */
export function chosenPortOf(
  { NetworkSettings }: ContainerInspectInfo,
  { target, address }: PublishedPort,
): number | null {
  const bindings = NetworkSettings.Ports[`${target}/tcp`] ?? []
  const binding = bindings.find(({ HostIp }) => (address ? HostIp === address.ip : anyAddresses.has(HostIp)))
  return binding ? Number(binding.HostPort) : null
}

function toPublishedPort(target: number, ip: string, hostPort: string): PublishedPort {
  return {
    target,
    // A range such as `8000-8010` lets Docker choose.
    published: /^\d+$/.test(hostPort) && hostPort !== '0' ? Number(hostPort) : null,
    address: anyAddresses.has(ip) ? null : { ip, family: isIPv6(ip) ? 6 : 4 },
  }
}
