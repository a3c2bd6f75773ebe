// What the engine itself has lost, so that only its restart helps: ports that it publishes for containers that are gone,
// and containers that it does not know any more, though their names are taken.
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { addresses, ids } from './docker-api.ts'

export async function lost(): Promise<string[]> {
  const [there, known] = await Promise.all([addresses(), ids()])
  const unknown = readdirSync('/var/lib/docker/containers').filter((id) => !known.includes(id))
  const proxies = globSync('/proc/[0-9]*/cmdline').flatMap((path) => {
    const argv = command(path)
    if (!argv[0]?.endsWith('docker-proxy')) return []
    const after = (option: string) => argv[argv.indexOf(option) + 1] ?? ''
    return there.includes(after('-container-ip')) ? [] : [`${after('-host-port')} for ${after('-container-ip')}`]
  })
  return [...proxies.map((port) => `port ${port}`), ...unknown.map((id) => `container ${id}`)]
}

function command(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\0')
  } catch {
    return [] // it has ended meanwhile
  }
}
