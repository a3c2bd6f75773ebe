// Makes the repository writable for the agent and every member of the group. Secrets and the database are never touched.
import { join } from 'node:path'
import { runProgram } from './run-program.ts'
import type { SetupContext, SetupResult } from './setup-context.ts'

export async function setOwnership({ config, owner }: SetupContext): Promise<SetupResult[]> {
  const { repository } = config.source
  const spared = [join(repository, '.secrets'), config.stack.database, config.stack.logs]
  const prune = spared.flatMap((path, index) => [...(index > 0 ? ['-o'] : []), '-path', path])
  // -execdir: nobody can lead root astray by swapping a directory for a link meanwhile.
  const all = async (test: string[], act: string[]): Promise<number> =>
    (
      await runProgram('find', [
        repository,
        '(',
        ...prune,
        ')',
        '-prune',
        '-o',
        ...test,
        '-printf',
        '.',
        '-execdir',
        ...act,
        '{}',
        '+',
      ])
    ).length

  const changed =
    // What members have pushed stays theirs; root's own is what git made here on behalf of this command.
    (await all(
      ['(', '-uid', '0', '-o', '!', '-gid', `${owner.gid}`, ')'],
      ['chown', '-h', `${owner.uid}:${owner.gid}`],
    )) +
    (await all(['-type', 'd', '!', '-perm', '-2070'], ['chmod', 'g+rwxs'])) +
    // Objects are never written twice: git keeps them read-only.
    (await all(
      ['-type', 'f', '!', '-path', join(repository, '.git/objects/*'), '!', '-perm', '-060'],
      ['chmod', 'g+rwX'],
    ))

  const whose = `${config.user}:${config.group}, writable for the group`
  if (changed === 0) return [{ did: 'right', what: `what is in ${repository} belongs to ${whose}` }]
  return [{ did: 'done', what: `made what is in ${repository} belong to ${whose} (${changed} changes)` }]
}
