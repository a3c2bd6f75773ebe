// Reads the TCP ports that a container publishes from Docker's inspection of it.
import type { ContainerInspectInfo, HostConfig } from 'dockerode'
import { isAnyAddress, type PublishedPort, toPublishedPort } from '../../../interfaces/published-port.ts'

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
  const binding = bindings.find(({ HostIp }) => (address ? HostIp === address.ip : isAnyAddress(HostIp)))
  return binding ? Number(binding.HostPort) : null
}
