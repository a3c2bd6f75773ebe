// The site that is measured: the bench's own app on it, who takes pushes, and how containers are swapped.
import { join } from 'node:path'
import { createSite, type Site } from '../../e2e/support/site.ts'
import { politeApp } from './bench-app.ts'

export const repository = '/bpt/production/code'

/** Who takes a push: the agent, the script that it replaces, or nobody. */
export type Taker = 'agent' | 'script' | 'nobody'
export type Strategy = 'hold' | 'standby' | 'plain'

const hooks = { agent: null, script: '/opt/old-hook', nobody: '/nonexistent' }

export interface Ground extends AsyncDisposable {
  readonly site: Site
  taker(taker: Taker): Promise<void>
  strategy(strategy: Strategy | 'usual'): Promise<void>
  /** Commits the app with a version of its own, and says which. */
  change(): Promise<{ version: string; revision: string }>
  /** @throws Error with what git said when the push was refused. */
  push(ref?: string): Promise<void>
}

/** One of the candidates that take turns: acts while it is this taker's to take the pushes. */
export function by<T>(ground: Ground, taker: Taker, act: () => Promise<T>): () => Promise<T> {
  return async () => {
    await ground.taker(taker)
    return act()
  }
}

export async function ground(name: string): Promise<Ground> {
  const here = await createSite(name)
  const { vm, ada } = here
  let version = 0
  const made: Ground = {
    site: here,
    async taker(taker) {
      const path = hooks[taker]
      const setting = path ? `core.hooksPath ${path}` : '--unset-all core.hooksPath || :'
      await vm.run(`git -C ${repository} config ${setting}`)
    },
    async strategy(strategy) {
      const swap = strategy === 'usual' ? '' : `[swap]\nstrategy = "${strategy}"\n`
      // What the script has deployed is not the agent's to catch up with.
      await vm.writeFile('/etc/bpt-deployer.toml', `[source]\ncatch_up = false\n${swap}`)
      await vm.run('systemctl restart bpt-deployer')
    },
    async change() {
      const next = `bench ${++version}`
      return { version: next, revision: await ada.commitVersion(next) }
    },
    async push(ref = 'main') {
      const { code, output } = await ada.push({ ref, options: ['quiet'], force: true, timeoutMs: 180_000 })
      if (code !== 0 || /not deployed/.test(output)) throw new Error(`the push failed: ${output}`)
    },
    [Symbol.asyncDispose]: () => here.close(),
  }
  try {
    await vm.copyIn(join(import.meta.dirname, '../in-vm/old-hook.sh'), `${hooks.script}/post-receive`)
    // The script runs as whoever pushes: as in its days, members of the group may use Docker and write the work tree.
    await vm.run(`chmod 755 ${hooks.script}/post-receive; usermod -aG docker ada; chmod -R g+rwX ${repository}`)
    await ada.commit(politeApp, 'The app of the bench')
    await made.change()
    await made.push()
    return made
  } catch (thrown) {
    await here.close()
    throw thrown
  }
}
