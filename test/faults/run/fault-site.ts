import { join } from 'node:path'
import { type HttpProbe, startHttpProbe } from '../../e2e/support/http-probe.ts'
import { createSite, type Site } from '../../e2e/support/site.ts'
import type { Look, Sight } from '../checks/snapshot.ts'
import { shrink } from '../faults/disk-filler.ts'
import type { Boundary, Wanted } from '../faults/write-boundary.ts'

const there = '/opt/faults'
const node = '/usr/lib/bpt-deployer/bin/node'

const preload = `[Service]\nEnvironment=NODE_OPTIONS=--import=${there}/preload.ts\n`
const sampler = `[Service]\nExecStart=${node} ${there}/concurrency-sampler.ts\nRestart=always\n[Install]\nWantedBy=multi-user.target\n`
// A container's life has the host's boot id, so that the machine gets one of its own for each of its lives.
const life = `[Unit]\nDefaultDependencies=no\nBefore=bpt-deployer.service\n[Service]\nType=oneshot\nRemainAfterExit=yes
ExecStart=sh -c 'cat /proc/sys/kernel/random/uuid > /run/boot-id && mount --bind /run/boot-id /proc/sys/kernel/random/boot_id'
[Install]\nWantedBy=multi-user.target\n`

export class Ground implements AsyncDisposable {
  readonly site: Site
  visitor: HttpProbe

  private constructor(made: Site) {
    this.site = made
    this.visitor = made.startProbe()
  }

  static async made(name: string, small: boolean, strategy: string): Promise<Ground> {
    const made = await createSite(name)
    const { vm } = made
    if (small) await shrink(vm)
    await vm.copyIn(join(import.meta.dirname, '../in-vm'), there)
    await vm.run('cat >> /etc/bpt-deployer.toml', { input: `[swap]\nstrategy = "${strategy}"\n` })
    await vm.writeFile('/etc/systemd/system/bpt-deployer.service.d/faults.conf', preload)
    await vm.writeFile('/etc/systemd/system/faults-sampler.service', sampler)
    await vm.writeFile('/etc/systemd/system/faults-life.service', life)
    await vm.run(`mkdir -p /var/lib/faults && systemctl daemon-reload && systemctl enable -q --now faults-life faults-sampler
      systemctl restart bpt-deployer`)
    return new Ground(made)
  }

  /** The agent does these to itself, one after another, each when it comes to that boundary. */
  async arm(wanted: Wanted[]): Promise<void> {
    const put = wanted.length > 0 ? 'cat > /run/faults/next' : ':'
    await this.site.vm.run(`mkdir -p -m 777 /run/faults && rm -f /run/faults/* && ${put}`, {
      input: JSON.stringify(wanted),
    })
  }

  /** Resolves when the agent has been hit, or when it is known that it will not be any more. */
  async hit(): Promise<boolean> {
    return (await this.site.vm.tryRun(`${node} ${there}/wait-for-fault.ts fired`, { timeoutMs: 130_000 })).code === 0
  }

  /** Nothing will hit the agent any more; gives where it was hit, as far as that outlived a power cut. */
  async disarm(): Promise<Boundary[]> {
    const { stdout } = await this.site.vm.run(
      `${node} ${there}/wait-for-fault.ts spent; cat /run/faults/fired 2>/dev/null; rm -rf /run/faults`,
    )
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  }

  async look(look: Look): Promise<Sight> {
    const options = { input: JSON.stringify(look), timeoutMs: look.patience + 60_000 }
    return JSON.parse((await this.site.vm.run(`${node} ${there}/take-snapshot.ts`, options)).stdout)
  }

  /** What an administrator does when the engine has lost a port or its containers. */
  async repair(): Promise<void> {
    const live = (await this.site.status()).live?.revision ?? 'main'
    await this.site.vm.run('systemctl restart docker', { timeoutMs: 120_000 })
    await this.site.vm.run(`bptctl deploy ${live}`, { as: 'ada', timeoutMs: 120_000 })
  }

  /** Cuts the power, and lets the machine come back. */
  async cut(): Promise<void> {
    await this.visitor.stop()
    await this.site.vm.cutPower()
    await this.site.vm.boot()
    this.visitor = startHttpProbe({ host: this.site.vm.address })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.visitor.stop()
    await this.site.close()
  }
}
