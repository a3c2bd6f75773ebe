// Finds addresses that the server does not have, such as that of a VPN that is down.
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Returns those addresses on which nothing can listen now. */
export async function findMissingAddresses(addresses: string[]): Promise<string[]> {
  const canListen = await Promise.all(addresses.map(canListenOn))
  return addresses.filter((_, index) => !canListen[index])
}

/** Asks the kernel by listening: it knows interfaces without carrier, and net.ipv4.ip_nonlocal_bind. */
async function canListenOn(address: string): Promise<boolean> {
  const server = createServer().listen({ host: address, port: 0, exclusive: true })
  try {
    await once(server, 'listening')
    return true
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
    return !['EADDRNOTAVAIL', 'EINVAL', 'EAFNOSUPPORT'].includes(code)
  } finally {
    server.close()
  }
}
