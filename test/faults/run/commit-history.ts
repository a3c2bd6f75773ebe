// The developers' common history: each commit stands on the last one, whoever wrote it, and says which version it is.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Developer } from '../../vm/developer.ts'
import { checkoutDirectory } from '../../vm/paths.ts'

export type Kind = 'good' | 'slow' | 'does not build' | 'does not start'

export interface Commit {
  revision: string
  version: string
  kind: Kind
}

const server = readFileSync(join(checkoutDirectory, 'server/server.js'), 'utf8')
const dockerfile = readFileSync(join(checkoutDirectory, 'Dockerfile'), 'utf8')

export class Trunk {
  readonly #commits = new Map<string, Commit>()
  #author: Developer | null = null
  #count = 0

  async commit(developer: Developer, kind: Kind): Promise<Commit> {
    if (this.#author && this.#author !== developer) {
      await developer.git('fetch', '-q', this.#author.directory, 'main')
      await developer.git('reset', '-q', '--hard', 'FETCH_HEAD')
    }
    this.#author = developer
    const version = `v${++this.#count}`
    const revision = await developer.commit(files(kind, version, this.#count), `Version ${version}`)
    const commit = { revision, version, kind }
    this.#commits.set(revision, commit)
    return commit
  }

  find(revision: string): Commit | null {
    return this.#commits.get(revision) ?? null
  }
}

function files(kind: Kind, version: string, count: number): Record<string, string> {
  const run = (command: string) => dockerfile.replace(/^CMD/m, `RUN ${command}\nCMD`)
  // How much there is to do is this build's name in the list of processes.
  const builds = run(`head -c ${(kind === 'slow' ? 400 : 60) * 1e6 + count} /dev/urandom > /dev/null`)
  const dies = `${server}\nconsole.error('this version does not start')\nprocess.exit(4)\n`
  const source = (kind === 'does not start' ? dies : server).replace(
    /^const version = .*$/m,
    `const version = '${version}'`,
  )
  return {
    Dockerfile: kind === 'does not build' ? run('echo this version does not build; exit 3') : builds,
    'server/server.js': source,
    'server/edition': `${version}\n`,
  }
}
