// Lists the TCP ports on which processes of this host listen, from /proc/net/tcp and /proc/net/tcp6.
import { readFile } from 'node:fs/promises'
import type { PublishedPort } from '../../interfaces/published-port.ts'
import { parseTcpTable } from './tcp-table.ts'

/** TCP_LISTEN. Linux, include/net/tcp_states.h */
const listenState = '0A'

export interface Listener {
  port: number
  family: 4 | 6
  /** In hexadecimal as in the table. */
  hexAddress: string
}

export async function readListeners(): Promise<Listener[]> {
  const [tcp = '', tcp6 = ''] = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  )
  return [...parseListeners(tcp, 4), ...parseListeners(tcp6, 6)]
}

/** @param table content of /proc/net/tcp or /proc/net/tcp6. */
export function parseListeners(table: string, family: 4 | 6): Listener[] {
  return parseTcpTable(table)
    .filter(({ state }) => state === listenState)
    .map(({ port, hexAddress }) => ({ port, family, hexAddress }))
}

/** True if the listener certainly prevents Docker from publishing the port. */
export function occupies({ port, family, hexAddress }: Listener, { published, address }: PublishedPort): boolean {
  if (port !== published) return false
  if (!address) return true
  if (family !== 4 || address.family !== 4) return false
  return /^0+$/.test(hexAddress) || hexAddress === encodeIpv4(address.ip)
}

/** Writes the address as the kernel writes it: a number in the processor's byte order. */
function encodeIpv4(ip: string): string {
  const [number = 0] = new Uint32Array(Uint8Array.from(ip.split('.'), Number).buffer)
  return number.toString(16).toUpperCase().padStart(8, '0')
}
