// What people ask of the site in one round, as they type it.
import { setTimeout as after } from 'node:timers/promises'
import type { Site } from '../../e2e/support/site.ts'
import { waitForExit } from '../../vm/command.ts'
import type { Developer } from '../../vm/developer.ts'
import type { Chance } from '../faults/random-source.ts'
import type { Commit, Kind, Trunk } from './commit-history.ts'

/** What a round asks for: pushes of these kinds soon after each other, or a command. */
export type Order = Kind[] | 'rollback' | 'deploy' | 'cancel' | 'pause'

export interface Answer {
  what: string
  /** What was pushed; null for commands. */
  commit: Commit | null
  code: number
  output: string
}

/** Milliseconds until a client that still waits is sent away. */
const timeoutMs = 120_000

/** @param deployed revisions that went live. */
export function place(
  order: Order,
  chance: Chance,
  { site, trunk, deployed }: { site: Site; trunk: Trunk; deployed: string[] },
) {
  const people = chance.shuffled([site.ada, site.ben, site.cleo])
  const children = new Set<{ pid?: number | undefined }>()

  const push = async (developer: Developer, commit: Commit): Promise<Answer> => {
    const child = developer.spawnPush({ options: ['quiet'] })
    children.add(child)
    const { code, stdout, stderr } = await waitForExit(child, timeoutMs)
    children.delete(child)
    return { what: 'git push', commit, code, output: stderr + stdout }
  }
  const as = chance.of(['ada', 'ben', 'cleo'])
  const type = async (command: string): Promise<Answer> => {
    const { code, stdout, stderr } = await site.vm.tryRun(command, { as, timeoutMs })
    return { what: command, commit: null, code, output: stdout + stderr }
  }

  const pause = chance.between(250, 700)
  const older = chance.of(deployed.length > 0 ? deployed.slice(-8) : ['main'])

  async function answers(): Promise<Answer[]> {
    if (order === 'rollback') return [await type('bptctl rollback')]
    if (order === 'deploy') return [await type(`bptctl deploy ${older}`)]
    const kinds: Kind[] = order === 'cancel' ? ['slow'] : order === 'pause' ? ['slow', 'good'] : order
    const commits: [Developer, Commit][] = []
    for (const kind of kinds) {
      const developer = people[commits.length] ?? site.ada
      commits.push([developer, await trunk.commit(developer, kind)])
    }
    if (order === 'pause') await type('bptctl pause for a look at it')
    const pushed: Promise<Answer>[] = []
    for (const [developer, commit] of commits) {
      if (pushed.length > 0) await after(pause)
      pushed.push(push(developer, commit))
    }
    if (order === 'pause') await resumed(type, pause)
    if (order !== 'cancel') return Promise.all(pushed)
    await after(600 + 3 * pause)
    return [await type('bptctl cancel'), ...(await Promise.all(pushed))]
  }

  return {
    answers: answers(),
    /** The clients' side of a machine that is gone: they would wait for a long time. */
    hangUp() {
      for (const { pid } of children) if (pid) process.kill(-pid, 'SIGKILL')
    },
  }
}

/** Who is not answered asks again. */
async function resumed(type: (command: string) => Promise<Answer>, pause: number): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    await after(2 * pause)
    if ((await type('bptctl resume')).code === 0) return
  }
}
