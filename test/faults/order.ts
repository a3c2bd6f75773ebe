// What people ask of the site in one round, as they type it.
import { setTimeout as after } from 'node:timers/promises'
import type { Site } from '../e2e/site.ts'
import { ended } from '../vm/command.ts'
import type { Chance } from './chance.ts'
import type { Commit, Kind, Trunk } from './trunk.ts'

/** What a round asks for: pushes of these kinds soon after each other, or a command. */
export type Order = Kind[] | 'rollback' | 'deploy' | 'cancel'

export interface Answer {
  what: string
  /** What was pushed; null for commands. */
  commit: Commit | null
  code: number
  output: string
}

/** Milliseconds until a client that still waits is sent away. */
const patience = 120_000

/** @param deployed revisions that went live. */
export function place(order: Order, chance: Chance, { site, trunk, deployed }: { site: Site; trunk: Trunk; deployed: string[] }) {
  const people = chance.shuffled([site.ada, site.ben, site.cleo])
  const children = new Set<{ pid?: number | undefined }>()

  const push = async (kind: Kind, who: number): Promise<Answer> => {
    const developer = people[who % people.length] ?? site.ada
    const commit = await trunk.commit(developer, kind)
    const child = developer.spawnPush({ options: ['quiet'] })
    children.add(child)
    // The next commit may follow before this one has arrived.
    const answer = ended(child, patience).finally(() => children.delete(child))
    return answer.then(({ code, stdout, stderr }) => ({ what: 'git push', commit, code, output: stderr + stdout }))
  }
  const type = async (command: string): Promise<Answer> => {
    const as = chance.of(['ada', 'ben', 'cleo'])
    const { code, stdout, stderr } = await site.vm.sh(command, { as, timeoutMs: patience })
    return { what: command, commit: null, code, output: stdout + stderr }
  }

  const pauses = [chance.between(0, 400), chance.between(100, 1_500)]
  const older = chance.of(deployed.length > 0 ? deployed.slice(-8) : ['main'])

  async function answers(): Promise<Answer[]> {
    if (order === 'rollback') return [await type('bptctl rollback')]
    if (order === 'deploy') return [await type(`bptctl deploy ${older}`)]
    if (order === 'cancel') {
      const pushed = push('slow', 0)
      await after(600 + (pauses[1] ?? 0))
      return [await type('bptctl cancel'), await pushed]
    }
    const pushed: Promise<Answer>[] = []
    for (const [who, kind] of order.entries()) {
      if (who > 0) await after(pauses[0])
      pushed.push(push(kind, who))
      if (who < order.length - 1) await committed(trunk, who)
    }
    return Promise.all(pushed)
  }

  return {
    answers: answers(),
    /** The clients' side of a machine that is gone: they would wait for a long time. */
    hangUp() {
      for (const { pid } of children) if (pid) process.kill(-pid, 'SIGKILL')
    },
  }
}
