// Reads and changes the git repository: a check-out by commands that the step's signal ends, all else by simple-git.
// Only `resolve` and `branchTip` take what a person typed; every other method gets full hashes.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { simpleGit } from 'simple-git'
import type { Repository } from '../../interfaces/repository.ts'
import { Failure } from '../../protocol/failure.ts'
import { stripControl } from '../host/output-lines.ts'
import { readBranchWrite } from './branch-write.ts'
import { createCheckOut } from './check-out/check-out.ts'
import type { ExternalSettings } from './check-out/external-contents.ts'
import { keepLeftBehind, pinnedRefs } from './check-out/hand-made-changes.ts'
import { findPushObstacles } from './hook/push-obstacles.ts'
import { createGitRunner, safeDirectoryOption } from './run-git.ts'

/** Milliseconds that git gets outside of a deploy. */
const gitTimeoutMs = 10_000

/** The hook that install.sh installs beside this program. */
const installedHook = '/usr/lib/bpt-deployer/hooks/post-receive'

export interface RepositoryOptions {
  source?: ExternalSettings
  /** `script` is the link between git's hook and the installed one. */
  stack?: { script: string }
}

export function openGitRepository(workTree: string, { source = {}, stack }: RepositoryOptions = {}): Repository {
  const safeDirectory = safeDirectoryOption(workTree)
  // Create simple-git for each question: it throws if the folder does not exist yet.
  const git = () =>
    simpleGit({ baseDir: workTree, config: [safeDirectory] }).outputHandler((_command, stdout) => {
      // Without any data, simple-git would wait 50 ms more for a command that prints nothing.
      stdout.once('end', () => stdout.emit('data', Buffer.alloc(0)))
    })

  /** Returns what a git command prints; null if it prints nothing, since simple-git hides that a command failed. */
  const ask = async (...args: string[]) => {
    try {
      return (await git().raw(args)).trim() || null
    } catch {
      return null
    }
  }

  /** Returns the full hash of the commit that a name stands for; null if there is none, or no repository yet. */
  const findCommit = async (name: string) => {
    const printed = await ask('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`)
    // A range such as `main..main` prints two hashes.
    return printed && isFullHash(printed) ? printed : null
  }

  /** Looks for a branch first: git itself prefers a tag of the same name. */
  const findOnBranch = async (name: string) =>
    isFullHash(name) || /^(?:refs\/|HEAD(?![\w./-]))/.test(name) ? null : findCommit(`refs/heads/${name}`)

  return {
    async resolve(wanted) {
      const revision = (await findOnBranch(wanted)) ?? (await findCommit(wanted))
      if (!revision && !existsSync(join(workTree, '.git'))) throw Failure.of('repository_missing', { workTree })
      if (!revision) throw Failure.of('no_such_revision', { revision: wanted, repository: workTree })
      // Not `git log`: a server's configuration may make it print signatures.
      const printed = await git().raw('rev-list', '--max-count=1', '--no-commit-header', '--format=%s', revision)
      return { revision, subject: stripControl(printed.trimEnd()) }
    },

    async pin(revision) {
      await git()
        .raw('update-ref', `${pinnedRefs}/${revision}`, revision)
        .catch((thrown: Error) => {
          throw /read-only file system/i.test(thrown.message) ? Failure.of('read_only', { path: workTree }) : thrown
        })
    },

    async unpin(revision) {
      await git().raw('update-ref', '-d', `${pinnedRefs}/${revision}`)
    },

    branchTip: (branch) => findCommit(`refs/heads/${branch}`),

    lastWrite: (branch) => readBranchWrite(workTree, branch),

    descendsFrom: async (newer, older) => (await ask('merge-base', older, newer)) === older,

    countAhead: async (newer, older) =>
      newer === older ? 0 : Number((await ask('rev-list', '--count', newer, `^${older}`)) ?? 0),

    // A branch at HEAD moves with each push; only a detached HEAD names the revision in the work tree.
    checkedOutRevision: async () =>
      (await ask('symbolic-ref', '-q', 'HEAD')) ? null : ask('rev-parse', '--verify', '--quiet', 'HEAD'),

    findPushObstacles: (branch) =>
      findPushObstacles({ workTree, script: stack?.script ?? installedHook, installed: installedHook }, branch),

    keepLeftBehind: (tip, next) =>
      keepLeftBehind(createGitRunner(workTree), tip, next, AbortSignal.timeout(gitTimeoutMs)),

    checkOut: createCheckOut(workTree, source),
  }
}

function isFullHash(name: string): boolean {
  return /^[0-9a-f]{40,64}$/.test(name)
}
