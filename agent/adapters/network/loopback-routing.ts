// Finds out if the kernel routes connections from 127.0.0.1 to a container. Docker lets it do so where its own proxy is
// switched off (`"userland-proxy": false`). Its sockets on the published ports then accept connections, but nothing
// answers on them: a connection that is redirected to such a port would hang.
import { readFileSync } from 'node:fs'
import { BlockList, isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'

/** @param interfaces of this host. @param readSetting reads a file. */
export function isLoopbackRouted(
  containerIp: string,
  interfaces = networkInterfaces(),
  readSetting = (path: string) => readFileSync(path, 'utf8'),
): boolean {
  const bridge = Object.entries(interfaces).find(([, addresses]) =>
    addresses?.some(({ cidr }) => cidr !== null && containsAddress(cidr, containerIp)),
  )
  if (!bridge) return false
  try {
    return readSetting(`/proc/sys/net/ipv4/conf/${bridge[0]}/route_localnet`).trim() === '1'
  } catch {
    return false
  }
}

function containsAddress(cidr: string, ip: string): boolean {
  const [network = '', prefix] = cidr.split('/')
  if (!isIPv4(network)) return false
  const subnet = new BlockList()
  subnet.addSubnet(network, Number(prefix), 'ipv4')
  return subnet.check(ip, 'ipv4')
}
