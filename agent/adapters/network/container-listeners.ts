// Tells on which ports the processes of a container listen, from the tables of its network namespace.
import { readFile } from 'node:fs/promises'
import { parseListeners } from './tcp-listeners.ts'

/** 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104 in the processor's byte order, which is little-endian. */
const loopback = /^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F)$/

/** Docker's DNS server listens there in each container, on a random port. */
const dockerDns = /^0B00007F$/

export interface PortExplanation {
  /** Such as `its processes listen on 127.0.0.1:80 only`. */
  text: string
  /** True if a process listens on the port, but only on an address that nothing outside of the container reaches. */
  isLocalOnly: boolean
}

/**
 * Explains why a port does not answer; null if the tables tell nothing.
 * @param pid a process of the container.
 * @param read reads a file of /proc.
 */
export async function explainSilentPort(
  pid: number,
  port: number,
  read = (path: string): Promise<string> => readFile(path, 'latin1'),
): Promise<PortExplanation | null> {
  const [tcp, tcp6] = await Promise.all(['tcp', 'tcp6'].map((name) => read(`/proc/${pid}/net/${name}`).catch(() => '')))
  if (!tcp) return null
  const listeners = [...parseListeners(tcp, 4), ...parseListeners(tcp6 ?? '', 6)].filter(
    ({ hexAddress }) => !dockerDns.test(hexAddress),
  )
  const own = listeners.filter((listener) => listener.port === port)
  if (own.length > 0) {
    const address = own.some(({ family }) => family === 4) ? '127.0.0.1' : '[::1]'
    return own.every(({ hexAddress }) => loopback.test(hexAddress))
      ? { text: `its processes listen on ${address}:${port} only`, isLocalOnly: true }
      : null
  }
  const others = [...new Set(listeners.filter(({ hexAddress }) => !loopback.test(hexAddress)).map(({ port }) => port))]
  const ports = others.toSorted((a, b) => a - b).join(', ')
  return { text: `its processes listen on ${ports ? `port ${ports}` : 'no port'}`, isLocalOnly: false }
}
