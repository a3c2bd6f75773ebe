// Makes the repository writable for the agent and every member of the group; secrets and the database stay as they are.
import { join } from 'node:path'
import { runProgram } from './run-program.ts'
import type { SetupContext, SetupResult } from './setup-context.ts'

export async function setOwnership({ config, owner }: SetupContext): Promise<SetupResult[]> {
  const { repository } = config.source
  const excluded = [join(repository, '.secrets'), config.stack.database, config.stack.logs]
  const gitFolder = join(repository, '.git')
  const ofRepositoryOrOthers = [
    '(',
    '-path',
    gitFolder,
    '-o',
    '-path',
    `${gitFolder}/*`,
    '-o',
    '!',
    '-uid',
    `${owner.uid}`,
    ')',
  ]
  const counts = [
    // Files that members pushed stay theirs; files of root were created by git on behalf of this command.
    await changeFiles(repository, excluded, {
      test: ['(', '-uid', '0', '-o', '!', '-gid', `${owner.gid}`, ')'],
      command: ['chown', '-h', `${owner.uid}:${owner.gid}`],
    }),
    // The agent gives its files and folders of the work tree the modes that a clone has: they need no right of the group.
    await changeFiles(repository, excluded, {
      test: ['-type', 'd', ...ofRepositoryOrOthers, '!', '-perm', '-2070'],
      command: ['chmod', 'g+rwxs'],
    }),
    // git never writes an object twice and keeps it read-only.
    await changeFiles(repository, excluded, {
      test: ['-type', 'f', ...ofRepositoryOrOthers, '!', '-path', `${gitFolder}/objects/*`, '!', '-perm', '-060'],
      command: ['chmod', 'g+rwX'],
    }),
  ]
  const changed = counts.reduce((sum, count) => sum + count, 0)
  const target = `${config.user}:${config.group}, writable for the group`
  if (changed === 0) return [{ state: 'right', text: `what is in ${repository} belongs to ${target}` }]
  return [{ state: 'done', text: `made what is in ${repository} belong to ${target} (${changed} changes)` }]
}

/** Runs a command on the files that pass the test; resolves to their number. */
async function changeFiles(
  folder: string,
  excluded: string[],
  { test, command }: { test: string[]; command: string[] },
): Promise<number> {
  const prune = excluded.flatMap((path, index) => [...(index > 0 ? ['-o'] : []), '-path', path])
  // -execdir, so that nobody can lead root to another file by replacing a directory with a link meanwhile.
  const act = ['-printf', '.', '-execdir', ...command, '{}', '+']
  return (await runProgram('find', [folder, '(', ...prune, ')', '-prune', '-o', ...test, ...act])).length
}
