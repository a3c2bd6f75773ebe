// Controls the site that is measured: it runs the bench's own app, and its push receiver and swap strategy can be
// chosen.
import { join } from 'node:path'
import { createSite, type Site } from '../../e2e/support/site.ts'
import { installBenchPages } from './bench-app.ts'

const repository = '/bpt/production/code'

/** The program that git's hook runs: the agent's hook, the script that the agent replaces, or none. */
export type PushReceiver = 'agent' | 'script' | 'none'
export type SwapStrategy = 'hold' | 'standby' | 'plain'

const hookFolders = { agent: null, script: '/opt/old-hook', none: '/nonexistent' }

export interface BenchSite extends AsyncDisposable {
  readonly site: Site
  setPushReceiver(receiver: PushReceiver): Promise<void>
  setSwapStrategy(strategy: SwapStrategy | 'default'): Promise<void>
  /** Commits a new version of the app. */
  commitNewVersion(): Promise<CommittedVersion>
  /** @throws Error with git's output when the push was refused. */
  push(ref?: string): Promise<void>
}

export interface CommittedVersion {
  version: string
  revision: string
}

/** Wraps an action so that a certain receiver takes its pushes. */
export function withReceiver<T>(benchSite: BenchSite, receiver: PushReceiver, act: () => Promise<T>): () => Promise<T> {
  return async () => {
    await benchSite.setPushReceiver(receiver)
    return act()
  }
}

export async function createBenchSite(name: string): Promise<BenchSite> {
  const site = await createSite(name)
  const { vm, ada } = site
  let versionCount = 0
  const benchSite: BenchSite = {
    site,
    async setPushReceiver(receiver) {
      const folder = hookFolders[receiver]
      const setting = folder ? `core.hooksPath ${folder}` : '--unset-all core.hooksPath || :'
      await vm.run(`git -C ${repository} config ${setting}`)
    },
    async setSwapStrategy(strategy) {
      const swap = strategy === 'default' ? '' : `[swap]\nstrategy = "${strategy}"\n`
      // Without catch_up the agent does not deploy again what the script has deployed.
      await vm.writeFile('/etc/bpt-deployer.toml', `[source]\ncatch_up = false\n${swap}`)
      await vm.run('systemctl restart bpt-deployer')
    },
    async commitNewVersion() {
      const version = `bench ${++versionCount}`
      return { version, revision: await ada.commitVersion(version) }
    },
    async push(ref = 'main') {
      const { code, output } = await ada.push({ ref, options: ['quiet'], force: true, timeoutMs: 180_000 })
      if (code !== 0 || /not deployed/.test(output)) throw new Error(`the push failed: ${output}`)
    },
    [Symbol.asyncDispose]: () => site.close(),
  }
  try {
    await vm.copyIn(join(import.meta.dirname, '../baselines/old-hook.sh'), `${hookFolders.script}/post-receive`)
    // The script runs as the user who pushes, who needs the rights that all developers had before the agent.
    await vm.run(`chmod 755 ${hookFolders.script}/post-receive; usermod -aG docker ada; chmod -R g+rwX ${repository}`)
    await ada.commit(installBenchPages, 'The app of the bench')
    await benchSite.commitNewVersion()
    await benchSite.push()
    return benchSite
  } catch (thrown) {
    await site.close()
    throw thrown
  }
}
