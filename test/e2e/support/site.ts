// A site as users have it: a test machine with the product installed, and developers who push to it.
import assert from 'node:assert/strict'
import type { Deploy, RunningDeploy, Status } from '../../../agent/protocol/messages.ts'
import { createDeveloper, type Developer } from '../../vm/developer.ts'
import { installProduct } from '../../vm/install-product.ts'
import { bootVm, type Vm, type WaitOptions } from '../../vm/vm.ts'
import { fetchVersion, type HttpProbe, type ProbeTarget, startHttpProbe } from './http-probe.ts'

/** The machine is called as the site; close it at the end, or say `await using`. */
export async function createSite(name: string): Promise<Site> {
  const vm = await bootVm(name)
  try {
    await installProduct(vm)
    const [ada, ben, cleo] = await Promise.all([
      createDeveloper(vm, 'ada'),
      createDeveloper(vm, 'ben'),
      createDeveloper(vm, 'cleo'),
    ])
    return new Site(vm, { ada, ben, cleo })
  } catch (thrown) {
    await vm.destroy()
    throw thrown
  }
}

type Developers = Record<'ada' | 'ben' | 'cleo', Developer>

export class Site implements AsyncDisposable {
  readonly vm: Vm
  readonly ada: Developer
  readonly ben: Developer
  readonly cleo: Developer

  constructor(vm: Vm, { ada, ben, cleo }: Developers) {
    this.vm = vm
    this.ada = ada
    this.ben = ben
    this.cleo = cleo
  }

  /** The version that port 80 answers with; rejects where it does not answer. */
  fetchVersion(): Promise<string> {
    return fetchVersion({ host: this.vm.address })
  }

  /** Visits the site until it is stopped, on port 80 where nothing else is said. */
  startProbe(where: Partial<ProbeTarget> = {}): HttpProbe {
    return startHttpProbe({ host: this.vm.address, ...where })
  }

  async status(): Promise<Status> {
    return JSON.parse((await this.vm.run('bptctl status --json', { as: 'ada' })).stdout)
  }

  /** Deploys, newest first. */
  async history(): Promise<Deploy[]> {
    return JSON.parse((await this.vm.run('bptctl history --json -n 1000', { as: 'ada' })).stdout)
  }

  /** A deploy's log as it stands in its file; of the newest deploy without a number. */
  async log(deploy?: number): Promise<string> {
    return (await this.vm.run(`bptctl log --raw ${deploy ?? ''}`, { as: 'ada' })).stdout
  }

  /** Kills the agent by SIGKILL, and resolves when systemd has started the next one. */
  killAgent(): Promise<void> {
    const kill = 'systemctl kill --signal KILL --kill-whom main bpt-deployer'
    return this.vm.runAndWaitForJournal(kill, 'bpt-deployer', '^Started bpt-deployer', {
      expectation: 'the agent is back',
    })
  }

  /** The status, as soon as a condition of jq holds for it; what the agent says to the journal is so already. */
  async waitForStatus(condition: string, expectation: string): Promise<Status> {
    const look = `bptctl status --json | jq -ce 'if ${condition} then . else halt_error(1) end'`
    return JSON.parse(await this.vm.retryUntilSuccess(look, 'bpt-deployer', { expectation }))
  }

  /** Resolves when nothing runs and nothing waits. */
  async waitUntilIdle(): Promise<void> {
    await this.waitForStatus('.running == null and .waitingCount == 0', 'no deploy runs or waits')
  }

  /** Resolves when a deploy's log has had so many lines that match. */
  waitForLogLine(deploy: number, line: string, patience: WaitOptions, times = 1): Promise<void> {
    return this.vm.waitForOutput(`bptctl log ${deploy} -f --raw`, line, patience, times)
  }

  /** The deploy that runs, as soon as it is at a step; after its agent's death at that step again. */
  async waitForStep(step: string, times = 1): Promise<RunningDeploy> {
    const begun = (await this.waitForStatus('.running', 'a deploy runs')).running
    const what = `a deploy comes to ${step}`
    await this.waitForLogLine(begun?.id ?? assert.fail(), `^[0-9:.]+ > ${step}$`, { expectation: what }, times)
    const { running } = await this.status()
    assert.equal(running?.step, step)
    return running ?? assert.fail()
  }

  close(): Promise<void> {
    return this.vm.destroy()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
