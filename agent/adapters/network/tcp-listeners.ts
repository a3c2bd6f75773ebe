// Who listens on this machine's TCP ports, as the kernel tells: that a port is taken is better found out before
// anything is touched.
import { readFile } from 'node:fs/promises'
import type { PublishedPort } from '../../interfaces/published-port.ts'
import { parseTcpTable } from './tcp-table.ts'

/** The kernel's number of the state LISTEN. */
const listens = '0A'

export interface Listener {
  port: number
  family: 4 | 6
  /** The address as the kernel writes it. */
  hexAddress: string
}

export async function readListeners(): Promise<Listener[]> {
  const [four = '', six = ''] = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  )
  return [...parseListeners(four, 4), ...parseListeners(six, 6)]
}

/** @param text of /proc/net/tcp or tcp6. */
export function parseListeners(text: string, family: 4 | 6): Listener[] {
  return parseTcpTable(text)
    .filter(({ state }) => state === listens)
    .map(({ port, hexAddress }) => ({ port, family, hexAddress }))
}

/** True where the listener surely keeps the port from being published. */
export function occupies({ port, family, hexAddress }: Listener, { published, address }: PublishedPort): boolean {
  if (port !== published) return false
  if (!address) return true
  return family === 4 && address.family === 4 && (/^0+$/.test(hexAddress) || hexAddress === written(address.ip))
}

/** An IPv4 address as the kernel writes it: in the order of this processor's bytes. */
function written(ip: string): string {
  const [number = 0] = new Uint32Array(Uint8Array.from(ip.split('.'), Number).buffer)
  return number.toString(16).toUpperCase().padStart(8, '0')
}
