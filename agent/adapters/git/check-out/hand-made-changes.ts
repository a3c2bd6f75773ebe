// Finds commits and edits that somebody made by hand on the server, and keeps them before a check-out leaves them behind.
import type { Commit } from '../../../interfaces/repository.ts'
import { type RunGit, splitNul } from '../run-git.ts'

/** Refs that keep revisions from git's garbage collection; `transfer.hideRefs` hides them from pushes and fetches. */
export const pinnedRefs = 'refs/bpt-deployer'

/** Commits of one line of work that are named; the newest stands for all. */
const maxNamed = 100

export interface WorkTreeState {
  /** The commit at HEAD; null in an empty repository. */
  head: string | null
  /** True if HEAD is no branch: a push cannot move it then. */
  isDetached: boolean
  /** Tracked files that were edited, added or removed since HEAD was checked out. */
  editedFiles: string[]
}

export async function readWorkTreeState(git: RunGit, signal: AbortSignal): Promise<WorkTreeState> {
  const options = ['--branch', '--untracked-files=no', '--ignore-submodules=all', '--no-renames', '--no-ahead-behind']
  const fields = splitNul(await git(['status', '--porcelain=v2', '-z', ...options], { signal }))
  const headers = new Map(fields.flatMap((field) => (field.startsWith('# ') ? [splitHeader(field)] : [])))
  const head = headers.get('branch.oid') ?? '(initial)'
  const isDetached = headers.get('branch.head') === '(detached)'
  const editedFiles = fields
    .filter((field) => /^[1u] /.test(field))
    .flatMap((field) => {
      const [kind, states = '', ...rest] = field.split(' ')
      // An unmerged file has the modes and ids of three sides.
      const path = rest.slice(kind === 'u' ? 8 : 6).join(' ')
      // A push moves the branch under an index that stays: only a detached HEAD tells of files that were added by hand.
      return states[1] !== '.' || (isDetached && states[0] !== '.') ? [path] : []
    })
  return { head: head === '(initial)' ? null : head, isDetached, editedFiles }
}

function splitHeader(field: string): [string, string] {
  const [, name = '', value = ''] = field.split(' ')
  return [name, value]
}

/**
 * Returns the commits up to `tip` that only reflogs would remember, newest first, and pins the newest.
 * @param next the commit that takes the place of `tip`.
 */
export async function keepLeftBehind(git: RunGit, tip: string, next: string, signal: AbortSignal): Promise<Commit[]> {
  const args = ['rev-list', `--max-count=${maxNamed}`, '--no-commit-header', '--format=%H %s', tip]
  const printed = await git([...args, '--not', next, '--glob=refs/*'], { signal })
  const commits = printed
    .split('\n')
    .filter(Boolean)
    .map((line) => ({ revision: line.split(' ', 1)[0] ?? '', subject: line.slice(line.indexOf(' ') + 1) }))
  if (commits.length > 0) await pinRevision(git, tip, signal)
  return commits
}

/** Stores the edited files as a commit; null if git cannot. */
export async function keepEdits(git: RunGit, signal: AbortSignal): Promise<string | null> {
  const name = 'bpt-deployer'
  const address = `${name}@localhost`
  const env = {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: address,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: address,
  }
  try {
    const revision = (await git(['stash', 'create', 'edited by hand on the server'], { signal, env })).trim()
    if (revision) await pinRevision(git, revision, signal)
    return revision || null
  } catch {
    signal.throwIfAborted()
    return null
  }
}

async function pinRevision(git: RunGit, revision: string, signal: AbortSignal): Promise<void> {
  await git(['update-ref', `${pinnedRefs}/${revision}`, revision], { signal })
}
