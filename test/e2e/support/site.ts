// Controls a site as users have it: a test VM with the product installed, and developers who push to it.
import assert from 'node:assert/strict'
import type { Deploy, RunningDeploy, Status } from '../../../agent/protocol/messages.ts'
import { bootVm } from '../../vm/boot/boot-vm.ts'
import { createDeveloper, type Developer } from '../../vm/developer.ts'
import { provideSiteImage } from '../../vm/site-image.ts'
import type { Vm, WaitOptions } from '../../vm/vm.ts'
import { fetchVersion, type HttpProbe, type ProbeTarget, startHttpProbe } from './http-probe.ts'

/** Boots a VM of the same name. Close the site at the end, or declare it by `await using`. */
export async function createSite(name: string): Promise<Site> {
  const vm = await bootVm(name, await provideSiteImage())
  try {
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

  /** Resolves with the version that port 80 serves. */
  fetchVersion(): Promise<string> {
    return fetchVersion({ host: this.vm.address })
  }

  /** Starts an HTTP probe from the host; it requests port 80 by default. */
  startProbe(target: Partial<ProbeTarget> = {}): HttpProbe {
    return startHttpProbe({ host: this.vm.address, ...target })
  }

  async status(): Promise<Status> {
    return JSON.parse((await this.vm.run('bptctl status --json', { as: 'ada' })).stdout)
  }

  /** @returns all deploys, newest first. */
  async history(): Promise<Deploy[]> {
    return JSON.parse((await this.vm.run('bptctl history --json -n 1000', { as: 'ada' })).stdout)
  }

  /** @returns the log file of a deploy, by default of the newest one. */
  async log(deploy?: number): Promise<string> {
    return (await this.vm.run(`bptctl log --raw ${deploy ?? ''}`, { as: 'ada' })).stdout
  }

  /** Kills the agent by SIGKILL and resolves when systemd has started it again. */
  killAgent(): Promise<void> {
    const kill = 'systemctl kill --signal KILL --kill-whom main bpt-deployer'
    return this.vm.runAndWaitForJournal(kill, 'bpt-deployer', '^Started bpt-deployer', {
      expectation: 'the agent is back',
    })
  }

  /** Resolves with the first status for which a jq condition is true; it is checked after each line of the journal. */
  async waitForStatus(condition: string, expectation: string): Promise<Status> {
    const command = `bptctl status --json | jq -ce 'if ${condition} then . else halt_error(1) end'`
    return JSON.parse(await this.vm.retryUntilSuccess(command, 'bpt-deployer', { expectation }))
  }

  /** Resolves when no deploy runs or waits. */
  async waitUntilIdle(): Promise<void> {
    await this.waitForStatus('.running == null and .waitingCount == 0', 'no deploy runs or waits')
  }

  /** Resolves when a deploy's log has `count` lines that match. */
  waitForLogLine(deploy: number, pattern: string, options: WaitOptions, count = 1): Promise<void> {
    return this.vm.waitForOutput(`bptctl log ${deploy} -f --raw`, pattern, options, count)
  }

  /** Resolves with the running deploy when it has begun a step `count` times: a killed agent repeats the step. */
  async waitForStep(step: string, count = 1): Promise<RunningDeploy> {
    const deploy = (await this.waitForStatus('.running', 'a deploy runs')).running
    const expectation = `a deploy begins the step ${step}`
    await this.waitForLogLine(deploy?.id ?? assert.fail(), `^[0-9:.]+ > ${step}$`, { expectation }, count)
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
