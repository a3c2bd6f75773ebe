// The Debian that everything starts from: pulled, or, where no registry answers, made by debootstrap.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { command, succeeded } from '../command.ts'
import { client, has } from '../docker.ts'
import { cache } from '../paths.ts'
import { pulled } from './pull-image.ts'
import { say } from './report-progress.ts'

const official = 'debian:trixie-slim'
const own = 'bpt-test-debian:trixie'

export async function base(): Promise<string> {
  for (const image of [official, own]) if (await has('image', image)) return image
  if (await pulled(official)) return official
  await bootstrap()
  return own
}

async function bootstrap() {
  say('no registry answers: making Debian 13 with debootstrap')
  await mkdir(cache, { recursive: true })
  const directory = await mkdtemp(join(cache, 'debian-'))
  try {
    const made = await command(['debootstrap', '--variant=minbase', 'trixie', directory]).catch(notThere)
    succeeded(made, 'debootstrap could not make Debian 13')
    const script =
      'rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*; tar -C "$1" -c . | "$2" import - "$3"'
    succeeded(await command(['sh', '-c', script, 'import', directory, client, own]), 'docker import')
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function notThere(): never {
  throw new Error('debian:trixie-slim cannot be pulled and debootstrap is missing: sudo apt-get install debootstrap')
}
