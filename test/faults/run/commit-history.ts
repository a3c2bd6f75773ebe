// Keeps the common history of all developers: each commit has the last one as its parent, and names its own version.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Developer } from '../../vm/developer.ts'
import { checkoutDirectory } from '../../vm/paths.ts'
import { referenceStack } from '../stacks/all-stacks.ts'
import type { FaultStack } from '../stacks/fault-stack.ts'

export type CommitKind = 'good' | 'slow' | 'does not build' | 'does not start'

export interface Commit {
  revision: string
  version: string
  kind: CommitKind
  /** Names of the stack's containers beside the server and its database. */
  containers: string[]
}

const serverSource = readFileSync(join(checkoutDirectory, 'server/server.js'), 'utf8')
const dockerfile = readFileSync(join(checkoutDirectory, 'Dockerfile'), 'utf8')

export class CommitHistory {
  readonly #commits = new Map<string, Commit>()
  #lastAuthor: Developer | null = null
  #count = 0
  /** The stack of the commits to come. */
  stack: FaultStack = referenceStack

  async commit(developer: Developer, kind: CommitKind): Promise<Commit> {
    if (this.#lastAuthor && this.#lastAuthor !== developer) {
      await developer.git('fetch', '-q', this.#lastAuthor.directory, 'main')
      await developer.git('reset', '-q', '--hard', 'FETCH_HEAD')
    }
    this.#lastAuthor = developer
    const version = `v${++this.#count}`
    const revision = await developer.commit(
      { ...filesOf(kind, version, this.#count), ...this.stack.files(this.#count) },
      `Version ${version}`,
    )
    const commit = { revision, version, kind, containers: this.stack.containers(this.#count) }
    this.#commits.set(revision, commit)
    return commit
  }

  find(revision: string): Commit | null {
    return this.#commits.get(revision) ?? null
  }
}

function filesOf(kind: CommitKind, version: string, count: number): Record<string, string> {
  const withRun = (command: string) => dockerfile.replace(/^CMD/m, `RUN ${command}\nCMD`)
  // The number of bytes identifies this build in the list of processes, see in-vm/concurrency-sampler.ts.
  const builds = withRun(`head -c ${(kind === 'slow' ? 400 : 60) * 1e6 + count} /dev/urandom > /dev/null`)
  const exits = `${serverSource}\nconsole.error('this version does not start')\nprocess.exit(4)\n`
  const source = (kind === 'does not start' ? exits : serverSource).replace(
    /^const version = .*$/m,
    `const version = '${version}'`,
  )
  return {
    Dockerfile: kind === 'does not build' ? withRun('echo this version does not build; exit 3') : builds,
    'server/server.js': source,
    'server/edition': `${version}\n`,
  }
}
