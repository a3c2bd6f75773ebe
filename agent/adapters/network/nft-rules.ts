// Writes a swap's rules as nft commands. A rule matches only while its port is in the set `lease`, whose elements time
// out: the rules of an agent that died can neither keep a port closed nor redirect it.
import type { PublishedPort } from '../../interfaces/published-port.ts'
import type { Route } from '../../interfaces/traffic-gate.ts'

export interface DivertedRoute extends Route {
  /** True if the kernel routes connections from 127.0.0.1 to the container: nothing answers on the loopback port then. */
  isLoopbackRouted: boolean
}

/** Deletes the table; adds it first, since nft fails to delete a table that does not exist. */
export function deleteTable(table: string): string {
  return `add table inet ${table}\ndelete table inet ${table}\n`
}

/**
 * Makes the rules match no new connection. The rules themselves stay: if they were deleted, the kernel would forget the
 * address to which open IPv6 connections are redirected.
 */
export function flushLease(table: string): string {
  return `flush set inet ${table} lease\n`
}

/**
 * Creates the whole table. If the table may exist, `deleteTable` must precede this in the same transaction.
 * @param leaseSeconds after which the rules match no more.
 */
export function createTable(
  table: string,
  { held, routes }: { held: PublishedPort[]; routes: DivertedRoute[] },
  leaseSeconds: number,
): string {
  const ports = new Set([...held, ...routes.map(({ port }) => port)].map(({ published }) => published))
  const leases = [...ports].map((port) => `${port} timeout ${leaseSeconds}s`)
  const holds = [...held.map((port) => hold(port)), ...routes.flatMap(holdIpv6)]
  return `table inet ${table} {
  comment "bpt-deployer swaps a container"
  set lease { type inet_service; flags timeout; elements = { ${leases.join(', ')} } }
${chain('hold_in', 'filter hook prerouting priority raw', [...holds, ...routes.flatMap(blockOutsideAccess)])}
${chain('hold_out', 'filter hook output priority raw', holds)}
${chain('redirect_in', 'nat hook prerouting priority dstnat - 10', routes.flatMap(preroutingRules))}
${chain('redirect_out', 'nat hook output priority -110', routes.flatMap(outputRules))}
${chain('redirect_back', 'nat hook postrouting priority srcnat - 10', routes.flatMap(masquerade))}
}
`
}

function hold(port: PublishedPort, family = ''): string {
  return `tcp flags & (syn | ack) == syn ${family}${matchLeased(port)} ${matchAddress(port)} drop`
}

/** Holds IPv6 if no proxy of Docker answers on the loopback port. */
function holdIpv6({ port, isLoopbackRouted }: DivertedRoute): string[] {
  return isLoopbackRouted && port.address?.family !== 4 ? [hold(port, 'meta nfproto ipv6 ')] : []
}

function chain(name: string, hook: string, rules: string[]): string {
  return `  chain ${name} {\n    type ${[`${hook}; policy accept;`, ...rules].join('\n    ')}\n  }`
}

function matchLeased({ published }: PublishedPort): string {
  return `tcp dport ${published} tcp dport @lease`
}

function matchAddress({ address }: PublishedPort): string {
  if (!address) return 'fib daddr type local'
  return `${address.family === 6 ? 'ip6' : 'ip'} daddr ${address.ip}`
}

/** Drops connections from outside to the standby's random port, which only redirected connections use. */
function blockOutsideAccess({ loopbackPort }: Route): string[] {
  return loopbackPort === null ? [] : [`iifname != "lo" tcp dport ${loopbackPort} fib daddr type local drop`]
}

function preroutingRules(route: DivertedRoute): string[] {
  return [...dnatToContainer(route), ...dnatToLoopbackPort(route)]
}

function outputRules(route: DivertedRoute): string[] {
  return [...redirectLoopback(route), ...dnatToContainer(route), ...dnatToLoopbackPort(route)]
}

/** Redirects 127.0.0.1 to the random port, unless the kernel can route a packet from 127.0.0.1 to a container. */
function redirectLoopback({ port, to, loopbackPort, isLoopbackRouted }: DivertedRoute): string[] {
  if (port.address !== null && !port.address.ip.startsWith('127.')) return []
  const match = `ip daddr ${port.address?.ip ?? '127.0.0.0/8'} ${matchLeased(port)}`
  if (isLoopbackRouted) return [`${match} dnat ip to ${to.ip}:${port.target}`]
  if (loopbackPort === null) return []
  return [`${match} ${port.address ? `dnat ip to ${port.address.ip}:${loopbackPort}` : `redirect to :${loopbackPort}`}`]
}

/** Redirects IPv4 to the container's own address, so that the container sees the client's address. */
function dnatToContainer({ port, to }: Route): string[] {
  if (port.address?.family === 6 || port.address?.ip.startsWith('127.')) return []
  return [`meta nfproto ipv4 ${matchLeased(port)} ${matchAddress(port)} dnat ip to ${to.ip}:${port.target}`]
}

/** Redirects IPv6 to the random port: Docker's proxy takes it from there, as it does without a swap. */
function dnatToLoopbackPort({ port, loopbackPort, isLoopbackRouted }: DivertedRoute): string[] {
  if (loopbackPort === null || port.address?.family === 4 || isLoopbackRouted) return []
  const to = port.address ? `dnat ip6 to [${port.address.ip}]:${loopbackPort}` : `redirect to :${loopbackPort}`
  return [`meta nfproto ipv6 ${matchLeased(port)} ${matchAddress(port)} ${to}`]
}

/** Sends answers to the host itself and to containers of the same network back through the host, which undoes the
 * address translation. */
function masquerade({ to, port, isLoopbackRouted }: DivertedRoute): string[] {
  const sources = [`${to.ip}/${to.prefix}`, ...(isLoopbackRouted ? ['127.0.0.0/8'] : [])]
  return sources.map(
    (source) => `ct status dnat ip saddr ${source} ip daddr ${to.ip} tcp dport ${port.target} masquerade`,
  )
}
