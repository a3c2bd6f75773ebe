// Ports that the engine itself has lost: it publishes them for a container that is gone, and only its restart helps.
import { globSync, readFileSync } from 'node:fs'
import { addresses } from './docker.ts'

export async function lostPorts(): Promise<string[]> {
  const there = await addresses()
  return globSync('/proc/[0-9]*/cmdline').flatMap((path) => {
    const argv = command(path)
    if (!argv[0]?.endsWith('docker-proxy')) return []
    const after = (option: string) => argv[argv.indexOf(option) + 1] ?? ''
    return there.includes(after('-container-ip')) ? [] : [`${after('-host-port')} for ${after('-container-ip')}`]
  })
}

function command(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\0')
  } catch {
    return [] // it has ended meanwhile
  }
}
