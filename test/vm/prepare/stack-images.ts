// The images of the reference stack as a test machine has them: the official ones where a registry
// answers, else stand-ins made of Debian packages and npm packages.
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { command, succeeded } from '../command.ts'
import { cache, checkout, recipes } from '../paths.ts'
import { built } from './build-image.ts'
import { pulled } from './pull-image.ts'
import { say } from './report-progress.ts'

const npm = 'npm@11.6.0'
const trusted = '/etc/ssl/certs/ca-certificates.crt'

export interface Stack {
  name: string // as the compose file and the Dockerfile say it
  image: string // as this machine's engine has it
}

export const stack = (base: string): Promise<Stack[]> =>
  Promise.all([found('postgres', () => postgres(base)), found('node:26-slim', () => node(base))])

async function found(name: string, makeStandIn: () => Promise<string>): Promise<Stack> {
  if (await pulled(name)) return { name, image: name }
  say(`no registry answers: making a stand-in for ${name}`)
  return { name, image: await makeStandIn() }
}

const postgres = (base: string): Promise<string> => built('bpt-test-postgres:latest', base, join(recipes, 'postgres'))

async function node(base: string): Promise<string> {
  await mkdir(cache, { recursive: true })
  const context = await mkdtemp(join(cache, 'node-'))
  const binary = join(checkout, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node')
  try {
    await cp(join(recipes, 'node', 'Dockerfile'), join(context, 'Dockerfile'))
    await cp(binary, join(context, 'node'))
    await command(['strip', join(context, 'node')]).catch(() => {}) // smaller where binutils are installed
    await mkdir(join(context, 'etc'))
    await npmSettings(join(context, 'etc'))
    const unpack =
      'npm pack --loglevel error "$2" --pack-destination "$1" && mkdir "$1/npm" && tar -xzf "$1"/npm-*.tgz -C "$1/npm" --strip-components=1 && chmod 755 "$1/node" "$1"/npm/bin/*.js'
    succeeded(await command(['sh', '-c', unpack, 'unpack', context, npm]), `npm pack ${npm}`)
    return await built('bpt-test-node:latest', base, context)
  } finally {
    await rm(context, { recursive: true, force: true })
  }
}

async function npmSettings(etc: string) {
  const settings = ['update-notifier=false', 'fund=false', 'audit=false']
  if (existsSync(trusted)) {
    await cp(trusted, join(etc, 'trusted.crt'))
    settings.push('cafile=/usr/local/etc/trusted.crt')
  }
  await writeFile(join(etc, 'npmrc'), `${settings.join('\n')}\n`)
}
