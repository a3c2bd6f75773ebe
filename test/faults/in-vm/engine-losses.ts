// Finds losses of the engine itself: ports that the engine still publishes for containers that are gone, and containers
// that it does not list any more, though their names are taken. Only a restart of the engine helps.
import { readdirSync } from 'node:fs'
import { listContainerAddresses, listContainerIds } from './docker-api.ts'
import { readCommandLine } from './proc.ts'

export async function findEngineLosses(): Promise<string[]> {
  const [addresses, ids] = await Promise.all([listContainerAddresses(), listContainerIds()])
  const unlistedIds = readdirSync('/var/lib/docker/containers').filter((id) => !ids.includes(id))
  const proxies = readdirSync('/proc').flatMap((pid) => {
    const argv = /^\d+$/.test(pid) ? readCommandLine(pid) : []
    if (!argv[0]?.endsWith('docker-proxy')) return []
    const optionValue = (option: string) => argv[argv.indexOf(option) + 1] ?? ''
    const address = optionValue('-container-ip')
    return addresses.includes(address) ? [] : [`${optionValue('-host-port')} for ${address}`]
  })
  return [...proxies.map((port) => `port ${port}`), ...unlistedIds.map((id) => `container ${id}`)]
}
