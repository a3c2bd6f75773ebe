// Sends the requests of developers to the site in one round, as they type them.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Site } from '../../e2e/support/site.ts'
import { waitForExit } from '../../vm/command.ts'
import type { Developer } from '../../vm/developer.ts'
import type { PendingRequest } from '../faults/inject-fault.ts'
import type { RandomSource } from '../faults/random-source.ts'
import type { Commit, CommitHistory, CommitKind } from './commit-history.ts'

/** Pushes of commits of these kinds soon after each other, or a command. */
export type UserRequest = CommitKind[] | 'rollback' | 'deploy' | 'cancel' | 'pause'

export interface Answer {
  command: string
  /** The commit that was pushed; null for other commands. */
  commit: Commit | null
  code: number
  output: string
}

interface SentRequest extends PendingRequest {
  answers: Promise<Answer[]>
}

/** A client that still waits after this time is killed. */
const timeoutMs = 120_000

/** @param releasedRevisions revisions that a deploy by name may go back to. */
export function sendRequest(
  request: UserRequest,
  random: RandomSource,
  { site, history, releasedRevisions }: { site: Site; history: CommitHistory; releasedRevisions: string[] },
): SentRequest {
  const developers = random.shuffle([site.ada, site.ben, site.cleo])
  const children = new Set<{ pid?: number | undefined }>()

  const push = async (developer: Developer, commit: Commit): Promise<Answer> => {
    const child = developer.spawnPush({ options: ['quiet'] })
    children.add(child)
    const { code, stdout, stderr } = await waitForExit(child, timeoutMs)
    children.delete(child)
    return { command: 'git push', commit, code, output: stderr + stdout }
  }
  const user = random.pick(['ada', 'ben', 'cleo'])
  const typeCommand = async (command: string): Promise<Answer> => {
    const { code, stdout, stderr } = await site.vm.tryRun(command, { as: user, timeoutMs })
    return { command, commit: null, code, output: stdout + stderr }
  }

  // Requests come at any time of a deploy, which the seed of the round decides: they await no event.
  const pauseMs = random.nextInteger(250, 700)
  const revision = random.pick(releasedRevisions.length > 0 ? releasedRevisions.slice(-8) : ['main'])

  async function collectAnswers(): Promise<Answer[]> {
    if (request === 'rollback') return [await typeCommand('bptctl rollback')]
    if (request === 'deploy') return [await typeCommand(`bptctl deploy ${revision}`)]
    const kinds: CommitKind[] = request === 'cancel' ? ['slow'] : request === 'pause' ? ['slow', 'good'] : request
    const commits: [Developer, Commit][] = []
    for (const kind of kinds) {
      const developer = developers[commits.length] ?? site.ada
      commits.push([developer, await history.commit(developer, kind)])
    }
    if (request === 'pause') await typeCommand('bptctl pause for a look at it')
    const pushes: Promise<Answer>[] = []
    for (const [developer, commit] of commits) {
      if (pushes.length > 0) await sleep(pauseMs)
      pushes.push(push(developer, commit))
    }
    if (request === 'pause') await resumeUntilAnswered(typeCommand, pauseMs)
    if (request !== 'cancel') return Promise.all(pushes)
    await sleep(600 + 3 * pauseMs)
    return [await typeCommand('bptctl cancel'), ...(await Promise.all(pushes))]
  }

  return {
    answers: collectAnswers(),
    /** Kills the clients: after a power cut they would wait for a long time. */
    hangUp() {
      for (const { pid } of children) if (pid) process.kill(-pid, 'SIGKILL')
    },
  }
}

/** Repeats `bptctl resume`, since a fault may hit the agent just then. */
async function resumeUntilAnswered(typeCommand: (command: string) => Promise<Answer>, pauseMs: number): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    await sleep(2 * pauseMs)
    if ((await typeCommand('bptctl resume')).code === 0) return
  }
}
