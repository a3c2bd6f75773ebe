// The rules of a swap as one nft transaction. Each of them counts only while its port is in the set `lease`, whose
// elements time out: a dead agent cannot leave a port closed or led astray.
import type { PublishedPort } from '../../interfaces/published-port.ts'
import type { Route } from '../../interfaces/traffic-gate.ts'

/** Takes away what there is of the table; no error where it is not there. */
export function deleteTable(table: string): string {
  return `add table inet ${table}\ndelete table inet ${table}\n`
}

/** Lets the rules match no more, but leaves them: without them the kernel would forget whom IPv6 connections that are
 * there already were led to. */
export function flushLease(table: string): string {
  return `flush set inet ${table} lease\n`
}

/**
 * The whole table. One that may be there is to be `deleteTable` in the same transaction.
 * @param seconds until the rules end by themselves.
 */
export function createTable(
  table: string,
  { held, routes }: { held: PublishedPort[]; routes: Route[] },
  seconds: number,
): string {
  const ports = new Set([...held, ...routes.map(({ port }) => port)].map(({ published }) => published))
  const leases = [...ports].map((port) => `${port} timeout ${seconds}s`)
  const holds = held.map((port) => `tcp flags & (syn | ack) == syn ${matchLeased(port)} ${matchAddress(port)} drop`)
  return `table inet ${table} {
  comment "bpt-deployer swaps a container"
  set lease { type inet_service; flags timeout; elements = { ${leases.join(', ')} } }
${chain('hold_in', 'filter hook prerouting priority raw', [...holds, ...routes.flatMap(blockOutsideAccess)])}
${chain('hold_out', 'filter hook output priority raw', holds)}
${chain('lead_in', 'nat hook prerouting priority dstnat - 10', routes.flatMap(preroutingRules))}
${chain('lead_out', 'nat hook output priority -110', routes.flatMap(outputRules))}
${chain('lead_back', 'nat hook postrouting priority srcnat - 10', routes.map(masquerade))}
}
`
}

function chain(name: string, hook: string, lines: string[]): string {
  return `  chain ${name} {\n    type ${[`${hook}; policy accept;`, ...lines].join('\n    ')}\n  }`
}

function matchLeased({ published }: PublishedPort): string {
  return `tcp dport ${published} tcp dport @lease`
}

function matchAddress({ address }: PublishedPort): string {
  if (!address) return 'fib daddr type local'
  return `${address.family === 6 ? 'ip6' : 'ip'} daddr ${address.ip}`
}

/** Nobody else comes in by the door. */
function blockOutsideAccess({ loopbackPort }: Route): string[] {
  return loopbackPort === null ? [] : [`iifname != "lo" tcp dport ${loopbackPort} fib daddr type local drop`]
}

function preroutingRules(route: Route): string[] {
  return [...dnatToContainer(route), ...dnatToLoopbackPort(route)]
}

/** What this machine itself sends. A packet from 127.0.0.1 cannot be routed to a container: it takes the door. */
function outputRules(route: Route): string[] {
  return [...redirectLoopback(route), ...dnatToContainer(route), ...dnatToLoopbackPort(route)]
}

function redirectLoopback({ port, loopbackPort }: Route): string[] {
  if (loopbackPort === null || (port.address !== null && !port.address.ip.startsWith('127.'))) return []
  const to = port.address ? `dnat ip to ${port.address.ip}:${loopbackPort}` : `redirect to :${loopbackPort}`
  return [`ip daddr ${port.address?.ip ?? '127.0.0.0/8'} ${matchLeased(port)} ${to}`]
}

/** IPv4 goes to the container itself, so that it sees who connects. */
function dnatToContainer({ port, to }: Route): string[] {
  if (port.address?.family === 6 || port.address?.ip.startsWith('127.')) return []
  return [`meta nfproto ipv4 ${matchLeased(port)} ${matchAddress(port)} dnat ip to ${to.ip}:${port.target}`]
}

/** IPv6 takes the door, as Docker's own proxy does it. */
function dnatToLoopbackPort({ port, loopbackPort }: Route): string[] {
  if (loopbackPort === null || port.address?.family === 4) return []
  const to = port.address ? `dnat ip6 to [${port.address.ip}]:${loopbackPort}` : `redirect to :${loopbackPort}`
  return [`meta nfproto ipv6 ${matchLeased(port)} ${matchAddress(port)} ${to}`]
}

/** Answers to other containers of the network must come back this way, too. */
function masquerade({ to, port }: Route): string {
  return `ct status dnat ip saddr ${to.ip}/${to.prefix} ip daddr ${to.ip} tcp dport ${port.target} masquerade`
}
