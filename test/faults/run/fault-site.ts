// Controls a site whose agent can be hit at its durable writes, and takes snapshots of it.
import { join } from 'node:path'
import { type HttpProbe, startHttpProbe } from '../../e2e/support/http-probe.ts'
import { createSite, type Site } from '../../e2e/support/site.ts'
import { giveOwnBootId } from '../../vm/boot/new-boot-id.ts'
import type { Snapshot, SnapshotRequest } from '../checks/snapshot.ts'
import { mountSmallFileSystems } from '../faults/disk-filler.ts'
import type { ArmedAction, WriteBoundary } from '../faults/write-boundary.ts'

const programs = '/opt/faults'
const node = '/usr/lib/bpt-deployer/bin/node'

const preloadDropIn = `[Service]\nEnvironment=NODE_OPTIONS=--import=${programs}/preload.ts\n`
const samplerUnit = `[Service]\nExecStart=${node} ${programs}/concurrency-sampler.ts\nRestart=always\n[Install]\nWantedBy=multi-user.target\n`

export interface FaultSiteOptions {
  vmName: string
  hasSmallFileSystems: boolean
  /** The swap strategy, as the configuration takes it. */
  strategy: string
}

export class FaultSite implements AsyncDisposable {
  readonly site: Site
  /** Replaced after a power cut. */
  probe: HttpProbe

  private constructor(site: Site) {
    this.site = site
    this.probe = site.startProbe()
  }

  static async create({ vmName, hasSmallFileSystems, strategy }: FaultSiteOptions): Promise<FaultSite> {
    const site = await createSite(vmName)
    const { vm } = site
    if (hasSmallFileSystems) await mountSmallFileSystems(vm)
    await vm.copyIn(join(import.meta.dirname, '../in-vm'), programs)
    await vm.run('cat >> /etc/bpt-deployer.toml', { input: `[swap]\nstrategy = "${strategy}"\n` })
    await vm.writeFile('/etc/systemd/system/bpt-deployer.service.d/faults.conf', preloadDropIn)
    await vm.writeFile('/etc/systemd/system/faults-sampler.service', samplerUnit)
    await giveOwnBootId(vm)
    await vm.run(`mkdir -p /var/lib/faults && systemctl daemon-reload
      systemctl enable -q --now faults-sampler && systemctl restart bpt-deployer`)
    return new FaultSite(site)
  }

  /** Arms the agent with actions that it does to itself, one after another, each when it comes to the action's
   * boundary. */
  async arm(actions: ArmedAction[]): Promise<void> {
    const store = actions.length > 0 ? 'cat > /run/faults/armed' : ':'
    await this.site.vm.run(`mkdir -p -m 777 /run/faults && rm -f /run/faults/* && ${store}`, {
      input: JSON.stringify(actions),
    })
  }

  /** Tells waitForArmedAction that the request is answered, so that nothing more will come to a boundary. */
  async markRequestAnswered(): Promise<void> {
    await this.site.vm.tryRun('touch /run/faults/answered')
  }

  /** Resolves with true once an armed action has fired, with false when none will. */
  async waitForArmedAction(): Promise<boolean> {
    const wait = `${node} ${programs}/wait-for-fault.ts fired`
    return (await this.site.vm.tryRun(wait, { timeoutMs: 130_000 })).code === 0
  }

  /** Removes the remaining actions; returns the boundaries at which actions fired, unless a power cut has lost them. */
  async disarm(): Promise<WriteBoundary[]> {
    const { stdout } = await this.site.vm.run(
      `${node} ${programs}/wait-for-fault.ts spent; cat /run/faults/fired 2>/dev/null; rm -rf /run/faults`,
    )
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  }

  async takeSnapshot(request: SnapshotRequest): Promise<Snapshot> {
    const options = { input: JSON.stringify(request), timeoutMs: request.restTimeoutMs + 60_000 }
    return JSON.parse((await this.site.vm.run(`${node} ${programs}/take-snapshot.ts`, options)).stdout)
  }

  /** Does as an administrator does when the engine has lost a port or its containers. */
  async repairEngine(): Promise<void> {
    const live = (await this.site.status()).live?.revision ?? 'main'
    await this.site.vm.run('systemctl restart docker', { timeoutMs: 120_000 })
    await this.site.vm.run(`bptctl deploy ${live}`, { as: 'ada', timeoutMs: 120_000 })
  }

  /** Cuts the power of the test VM and boots it again. */
  async cutPower(): Promise<void> {
    await this.probe.stop()
    await this.site.vm.cutPower()
    await this.site.vm.boot()
    this.probe = startHttpProbe({ host: this.site.vm.address })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.probe.stop()
    await this.site.close()
  }
}
