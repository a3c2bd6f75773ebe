// Provides the images of the reference stack: the official ones if a registry answers, otherwise stand-ins made of
// Debian and npm packages.
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assertSuccess, runCommand } from '../command.ts'
import { cacheDirectory, checkoutDirectory, imagesDirectory } from '../paths.ts'
import { buildImage } from './build-image.ts'
import { tryPullImage } from './pull-image.ts'
import { reportProgress } from './report-progress.ts'

const npmPackage = 'npm@11.6.0'
const hostCertificates = '/etc/ssl/certs/ca-certificates.crt'

export interface StackImage {
  /** Name in the compose file or the Dockerfile. */
  name: string
  /** Name in the host's Docker engine. */
  image: string
}

export const provideStackImages = (base: string): Promise<StackImage[]> =>
  Promise.all([
    provideStackImage('postgres', () => buildPostgresStandIn(base)),
    provideStackImage('node:26-slim', () => buildNodeStandIn(base)),
  ])

async function provideStackImage(name: string, makeStandIn: () => Promise<string>): Promise<StackImage> {
  if (await tryPullImage(name)) return { name, image: name }
  reportProgress(`no registry answers; making a stand-in for ${name}`)
  return { name, image: await makeStandIn() }
}

const buildPostgresStandIn = (base: string): Promise<string> =>
  buildImage('bpt-test-postgres:latest', base, join(imagesDirectory, 'postgres'))

async function buildNodeStandIn(base: string): Promise<string> {
  await mkdir(cacheDirectory, { recursive: true })
  const context = await mkdtemp(join(cacheDirectory, 'node-'))
  const binary = join(checkoutDirectory, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node')
  try {
    await cp(join(imagesDirectory, 'node', 'Dockerfile'), join(context, 'Dockerfile'))
    await cp(binary, join(context, 'node'))
    await runCommand(['strip', join(context, 'node')]).catch(() => {}) // smaller where binutils are installed
    await mkdir(join(context, 'etc'))
    await writeNpmSettings(join(context, 'etc'))
    const script =
      'npm pack --loglevel error "$2" --pack-destination "$1" && mkdir "$1/npm" && tar -xzf "$1"/npm-*.tgz -C "$1/npm" --strip-components=1 && chmod 755 "$1/node" "$1"/npm/bin/*.js'
    assertSuccess(await runCommand(['sh', '-c', script, 'unpack', context, npmPackage]), `npm pack ${npmPackage}`)
    return await buildImage('bpt-test-node:latest', base, context)
  } finally {
    await rm(context, { recursive: true, force: true })
  }
}

async function writeNpmSettings(etc: string) {
  const settings = ['update-notifier=false', 'fund=false', 'audit=false']
  if (existsSync(hostCertificates)) {
    await cp(hostCertificates, join(etc, 'trusted.crt'))
    settings.push('cafile=/usr/local/etc/trusted.crt')
  }
  await writeFile(join(etc, 'npmrc'), `${settings.join('\n')}\n`)
}
