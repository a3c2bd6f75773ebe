// Brings the contents that git does not hold: of submodules and of Git LFS; or refuses a revision that has them.
import type { StepContext } from '../../../interfaces/step-context.ts'
import { Failure } from '../../../protocol/failure.ts'
import { captureOutput, runCommand } from '../../host/command.ts'
import { type RunGit, safeDirectoryOption } from '../run-git.ts'
import { type Change, submoduleMode } from './changes.ts'
import type { ExternalFiles } from './external-files.ts'

/** True to bring the contents, false to leave them out; undefined to refuse revisions that have them. */
export interface ExternalSettings {
  submodules?: boolean | undefined
  lfs?: boolean | undefined
}

/** Options of git that name git-lfs as the filter of its files, as `git lfs install` does. */
const lfsOptions = [
  'process=git-lfs filter-process',
  'clean=git-lfs clean -- %f',
  'smudge=git-lfs smudge -- %f',
].flatMap((setting) => ['-c', `filter.lfs.${setting}`])

/** Returns the options for all commands: without its filter git would take contents of Git LFS for edits. */
export function filterOptions({ lfs }: ExternalSettings): string[] {
  return lfs ? lfsOptions : []
}

export interface ExternalContents {
  submodules: boolean
  lfs: boolean
}

/**
 * Decides which contents the check-out brings.
 * @throws submodules_refused, lfs_refused.
 */
export async function decideContents(
  { submodules, lfs }: ExternalFiles,
  settings: ExternalSettings,
  git: RunGit,
  signal: AbortSignal,
): Promise<ExternalContents> {
  if (submodules.length > 0 && settings.submodules === undefined)
    throw Failure.of('submodules_refused', { paths: submodules })
  if (lfs.length === 0 || settings.lfs === false)
    return { submodules: settings.submodules === true && submodules.length > 0, lfs: false }
  const [isInstalled, isWanted] = await Promise.all([
    hasGitLfs(signal),
    settings.lfs ?? git(['config', '--get', 'filter.lfs.process'], { signal }).then(Boolean, () => false),
  ])
  if (!isInstalled || !isWanted) throw Failure.of('lfs_refused', { paths: lfs, isInstalled, isWanted })
  return { submodules: settings.submodules === true && submodules.length > 0, lfs: true }
}

async function hasGitLfs(signal: AbortSignal): Promise<boolean> {
  const command = { cwd: '/', env: process.env, signal }
  return captureOutput('git-lfs', ['version'], command).then(
    ({ code }) => code === 0,
    (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return false
      throw thrown
    },
  )
}

/** Prepares the work tree for a revision without some of its submodules: git itself would leave their folders. */
export async function removeSubmodules(git: RunGit, changes: Change[], signal: AbortSignal): Promise<void> {
  const removed = changes.filter(({ modes }) => modes.index === submoduleMode && modes.revision !== submoduleMode)
  if (removed.length === 0) return
  const paths = removed.map(({ path }) => path)
  // A submodule that was never checked out has nothing to remove.
  await git(['submodule', '--quiet', 'deinit', '--force', '--', ...paths], { signal }).catch(() => {})
  signal.throwIfAborted()
}

/** Brings the contents after a check-out. @throws checkout_failed with git's reason. */
export async function fetchContents(
  { submodules, lfs }: ExternalContents,
  workTree: string,
  ctx: Pick<StepContext, 'signal' | 'output'>,
): Promise<void> {
  const commands = [
    ...(submodules ? [['submodule', '--quiet', 'sync', '--recursive']] : []),
    ...(submodules ? [['submodule', 'update', '--init', '--recursive', '--force']] : []),
    ...(lfs ? [[...lfsOptions, 'lfs', 'pull']] : []),
  ]
  for (const command of commands) await runReported(command, workTree, ctx)
}

async function runReported(
  command: string[],
  workTree: string,
  { signal, output }: Pick<StepContext, 'signal' | 'output'>,
): Promise<void> {
  const printed: string[] = []
  const onLine = async (line: string) => {
    printed.push(line)
    await output(line)
  }
  const args = ['-c', safeDirectoryOption(workTree), ...command]
  const exit = await runCommand('git', args, { cwd: workTree, env: process.env, signal, onLine })
  if (exit.code === 0) return
  const reason =
    printed
      .filter((line) => line.trim())
      .slice(-3)
      .join('\n') || (exit.signal ? `git was ended by ${exit.signal}` : `exit ${exit.code}`)
  throw Failure.of('checkout_failed', { reason, workTree })
}
