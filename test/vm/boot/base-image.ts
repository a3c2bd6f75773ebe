// Provides the Debian image below all others: pulled, or made by debootstrap if no registry answers.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { assertSuccess, runCommand } from '../command.ts'
import { dockerClient, existsInDocker } from '../docker.ts'
import { cacheDirectory } from '../paths.ts'
import { tryPullImage } from './pull-image.ts'
import { reportProgress } from './report-progress.ts'

const officialImage = 'debian:trixie-slim'
const bootstrappedImage = 'bpt-test-debian:trixie'

export async function provideBaseImage(): Promise<string> {
  for (const image of [officialImage, bootstrappedImage]) if (await existsInDocker('image', image)) return image
  if (await tryPullImage(officialImage)) return officialImage
  await makeBaseImage()
  return bootstrappedImage
}

async function makeBaseImage() {
  reportProgress('no registry answers; making Debian 13 with debootstrap')
  await mkdir(cacheDirectory, { recursive: true })
  const directory = await mkdtemp(join(cacheDirectory, 'debian-'))
  try {
    const result = await runCommand(['debootstrap', '--variant=minbase', 'trixie', directory]).catch(throwNoDebootstrap)
    assertSuccess(result, 'debootstrap could not make Debian 13')
    const script =
      'rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*; tar -C "$1" -c . | "$2" import - "$3"'
    assertSuccess(
      await runCommand(['sh', '-c', script, 'import', directory, dockerClient, bootstrappedImage]),
      'docker import',
    )
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function throwNoDebootstrap(): never {
  throw new Error('debian:trixie-slim cannot be pulled, and debootstrap is missing: sudo apt-get install debootstrap')
}
