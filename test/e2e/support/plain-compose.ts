// Compares a site with a second VM, on which somebody runs plain `docker compose up` on the same revisions.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bootVm } from '../../vm/boot/boot-vm.ts'
import type { Developer } from '../../vm/developer.ts'
import type { Vm } from '../../vm/vm.ts'
import { describeDifferences } from './describe-differences.ts'
import { type EngineState, readEngineState } from './engine-state.ts'
import type { Site } from './site.ts'

const folder = '/bpt/production/code'
const bundleInVm = '/root/revisions.bundle'
/** Longest time until programs that have just started have reached the state in which they stay. */
const settleTimeoutMs = 12_000

export interface ComposeOptions {
  /** Options of `docker compose`, such as `-f stack.yml`. */
  options?: string
  /** Further options of `docker compose up`. */
  upOptions?: string
}

export class PlainCompose implements AsyncDisposable {
  readonly vm: Vm

  private constructor(vm: Vm) {
    this.vm = vm
  }

  /** Boots a VM with the folder, the network and the secret of the reference stack, and without the product. */
  static async create(vmName: string): Promise<PlainCompose> {
    const vm = await bootVm(vmName)
    await vm.run(`mkdir -p ${folder} && git init -q ${folder} && docker network create prod-net
      mkdir -m 770 ${folder}/.secrets && printf %s 'a password for tests' > ${folder}/.secrets/db_password`)
    return new PlainCompose(vm)
  }

  /** Checks a revision out, by default the developer's newest, and lets compose bring it up. */
  async up(
    developer: Developer,
    revision = 'HEAD',
    { options = '', upOptions = '' }: ComposeOptions = {},
  ): Promise<void> {
    const commit = await developer.git('rev-parse', revision)
    const bundle = join(this.vm.hostDirectory, 'revisions.bundle')
    await developer.git('bundle', 'create', '-q', bundle, 'HEAD', 'main')
    const fetch = `base64 -d > ${bundleInVm} && cd ${folder} && git fetch -q ${bundleInVm} HEAD && git checkout -q -f ${commit}`
    const up = `docker compose ${options} up -d --build --remove-orphans ${upOptions}`
    // As text in the input of the same command: each command of its own costs a tenth of a second.
    const input = await readFile(bundle, 'base64')
    await this.vm.run(`${fetch} && ${up} < /dev/null`, { input, timeoutMs: 180_000 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vm.destroy()
  }
}

/** Asserts that the site's engine holds the same as that of plain compose, and that compose would change nothing. */
export async function assertSameAsCompose(site: Site, plain: PlainCompose, options?: ComposeOptions): Promise<void> {
  assert.equal((await findDifferences(site.vm, plain.vm)).join('\n'), '')
  assert.equal((await findPlannedChanges(site.vm, options)).join('\n'), '', 'compose would change something')
}

/** Lists the differences between a site and plain compose; waits a while for programs that are still starting. */
export async function findDifferences(site: Vm, plain: Vm, timeoutMs = settleTimeoutMs): Promise<string[]> {
  const endTime = Date.now() + timeoutMs
  // Polls: no event tells that the programs of two VMs have come to the same state.
  for (;;) {
    const [actual, expected] = await Promise.all([
      readEngineState(site, { isReference: false }),
      readEngineState(plain, { isReference: true }),
    ])
    const differences = compareStates(actual, expected)
    if (differences.length === 0 || Date.now() > endTime) return differences
    await sleep(1000)
  }
}

/** A container that only one side has is one difference: its content is not listed. */
function compareStates(actual: EngineState, expected: EngineState): string[] {
  const contents = Object.keys({ ...actual.contents, ...expected.contents })
  const common = contents.filter((label) => label in actual.contents && label in expected.contents)
  const pick = (state: EngineState) => ({
    ...state,
    contents: Object.fromEntries(common.map((label) => [label, state.contents[label]])),
  })
  return describeDifferences(pick(actual), pick(expected)).map(shortenObject)
}

/** A container that only one side has needs no list of its settings. */
function shortenObject(line: string): string {
  return line.replace(/\{"Path".*…/, 'a container')
}

/** Lists what compose would create, replace or remove now. Finished jobs are no change: compose runs them at each `up`. */
export async function findPlannedChanges(vm: Vm, { options = '' }: ComposeOptions = {}): Promise<string[]> {
  const create = `docker compose --dry-run ${options} create --no-build --pull never --remove-orphans`
  const { code, stdout, stderr } = await vm.tryRun(`cd ${folder} && ${create}`)
  const lines = (stdout + stderr).split('\n').map((line) => line.replace(/^.*DRY-RUN MODE - */, '').trim())
  if (code !== 0) return [`docker compose create: exit ${code}`, ...lines]
  return lines.filter((line) =>
    /^(?:Container|Network|Volume) .*\b(?:Creating|Recreate|Removing|Stopping|Renaming)\b/.test(line),
  )
}
