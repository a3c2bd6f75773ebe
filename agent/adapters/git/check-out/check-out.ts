// Checks a revision out as a clone would have it: its files, their contents and their modes. Untracked files stay.
import { join } from 'node:path'
import type { Repository } from '../../../interfaces/repository.ts'
import type { StepContext } from '../../../interfaces/step-context.ts'
import { Failure } from '../../../protocol/failure.ts'
import { editedByHandText, leftBehindText } from '../../../protocol/work-tree/hand-made-text.ts'
import { runCommand } from '../../host/command.ts'
import { assertWritable } from '../../host/file-access.ts'
import { createGitRunner, type RunGit, safeDirectoryOption } from '../run-git.ts'
import { findFilesInTheWay, listChangedFolders, listChanges } from './changes.ts'
import { mendAllModes, mendNewFolders } from './clone-modes.ts'
import {
  decideContents,
  type ExternalContents,
  type ExternalSettings,
  fetchContents,
  filterOptions,
  removeSubmodules,
} from './external-contents.ts'
import { type ExternalFiles, findExternalFiles, mayHaveExternalFiles } from './external-files.ts'
import { keepEdits, keepLeftBehind, readWorkTreeState, type WorkTreeState } from './hand-made-changes.ts'
import { findNamedLock, waitForIndexLock, waitForLock } from './index-lock.ts'

/** The last check-out of this process. */
interface LastCheckOut {
  revision: string
  external: ExternalFiles
}

export function createCheckOut(workTree: string, settings: ExternalSettings): Repository['checkOut'] {
  const filters = filterOptions(settings)
  const runGit = createGitRunner(workTree)
  const git: RunGit = (args, options) => runGit([...filters, ...args], options)
  let last: LastCheckOut | null = null

  /** Names what somebody made by hand, and keeps it. */
  async function noteHandMade(
    { head, isDetached, editedFiles }: WorkTreeState,
    revision: string,
    { signal, note }: StepContext,
  ): Promise<void> {
    if (isDetached && head && head !== last?.revision && head !== revision) {
      const commits = await keepLeftBehind(git, head, revision, signal)
      if (commits.length > 0) await note(leftBehindText(commits, workTree))
    }
    if (editedFiles.length === 0) return
    await note(editedByHandText(editedFiles, await keepEdits(git, signal), workTree))
  }

  async function runCheckOut(revision: string, lfs: boolean, { signal, output }: StepContext): Promise<void> {
    for (;;) {
      await waitForIndexLock(workTree, signal)
      const printed: string[] = []
      const onLine = async (line: string) => {
        printed.push(line)
        await output(line)
      }
      const options = ['-c', safeDirectoryOption(workTree), '-c', 'advice.detachedHead=false', ...filters]
      const args = [...options, 'checkout', '--force', '--detach', '--no-progress', revision]
      // Git LFS downloads all contents at once afterwards.
      const env = { ...process.env, ...(lfs ? { GIT_LFS_SKIP_SMUDGE: '1' } : {}) }
      const exit = await runCommand('git', args, { cwd: workTree, env, signal, onLine })
      if (exit.code === 0) return
      const lock = findNamedLock(printed.join('\n'))
      if (lock) await waitForLock(lock, signal)
      else throw checkOutFailure(printed, exit.signal, workTree)
    }
  }

  return async (revision, ctx, { isRestore = false } = {}) => {
    const { signal } = ctx
    await waitForIndexLock(workTree, signal)
    const [changes, state] = await Promise.all([listChanges(git, revision, signal), readWorkTreeState(git, signal)])
    // Somebody may have checked out another revision meanwhile.
    const isFamiliar = last !== null && state.head === last.revision && state.editedFiles.length === 0
    const external =
      isFamiliar && last && !mayHaveExternalFiles(last.external, changes)
        ? last.external
        : await findExternalFiles(git, revision, signal)
    const contents = await decideContents(external, settings, git, signal).catch(
      (thrown: unknown): ExternalContents => {
        // A release that an earlier version made live without these contents is put back as it was.
        if (!isRestore || signal.aborted) throw thrown
        return { submodules: false, lfs: false }
      },
    )
    const files = await findFilesInTheWay(workTree, changes)
    if (files.length > 0) throw Failure.of('in_the_way', { files, workTree })
    await assertWritable([join(workTree, '.git'), ...(await listChangedFolders(workTree, changes))])
    // A check-out that was broken off has left files that nobody edited.
    if (!isRestore) await noteHandMade(state, revision, ctx)
    await removeSubmodules(git, changes, signal)
    last = null
    await runCheckOut(revision, contents.lfs, ctx)
    await fetchContents(contents, workTree, ctx)
    await (isFamiliar ? mendNewFolders(workTree, changes) : mendAllModes(git, workTree, signal))
    last = { revision, external }
    return changes.length
  }
}

function checkOutFailure(printed: string[], endedBy: NodeJS.Signals | null, workTree: string): Failure {
  const reason = printed.slice(-3).join('\n') || `git was ended by ${endedBy}`
  return /read-only file system/i.test(reason)
    ? Failure.of('read_only', { path: workTree })
    : Failure.of('checkout_failed', { reason, workTree })
}
