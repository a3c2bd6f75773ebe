// Reads and changes the git repository: a check-out by commands that the step's signal ends, all else by simple-git.
// Only `resolve` and `branchTip` take what a person typed; every other method gets full hashes.
import { lstat, readdir, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { simpleGit } from 'simple-git'
import type { Repository } from '../../interfaces/repository.ts'
import { Failure } from '../../protocol/failure.ts'
import { captureOutput, runCommand } from '../host/command.ts'
import { findUnwritable, unwritableFailure } from '../host/file-access.ts'
import { stripControl } from '../host/output-lines.ts'
import { readBranchWrite } from './branch-write.ts'

/** Refs that keep deployed revisions; `transfer.hideRefs` hides them from pushes and fetches. */
const pinnedRefs = 'refs/bpt-deployer'

export function openGitRepository(workTree: string): Repository {
  const { env } = process
  // The repository belongs to a group, so that its owner often is not the agent's user.
  const safeDirectory = `safe.directory=${workTree}`
  const options = ['-c', safeDirectory, '-c', 'advice.detachedHead=false']
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

  /** Returns the NUL-separated output of a git command. */
  const list = async (signal: AbortSignal, ...args: string[]) => {
    const { code, stdout, stderr } = await captureOutput('git', [...options, ...args], { cwd: workTree, env, signal })
    if (code !== 0) throw new Error(`git ${args[0]} ended with ${code}: ${stderr.trim()}`)
    return stdout.split('\0').filter(Boolean)
  }

  /** Returns the paths that differ between the index and a revision: a check-out writes, adds or removes them. */
  async function listChanges(revision: string, signal: AbortSignal): Promise<Change[]> {
    const fields = await list(signal, 'diff-index', '--cached', '--no-renames', '--name-status', '-z', revision)
    return Array.from({ length: fields.length / 2 }, (_, n) => ({
      status: fields[2 * n] ?? '',
      path: fields[2 * n + 1] ?? '',
    }))
  }

  /** Returns the full hash of the commit that a name stands for; null if there is none, or no repository yet. */
  const findCommit = async (name: string) => {
    const printed = await ask('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`)
    // A range such as `main..main` prints two hashes.
    return printed && /^[0-9a-f]{40,64}$/.test(printed) ? printed : null
  }

  return {
    async resolve(wanted) {
      const revision = await findCommit(wanted)
      if (!revision) throw Failure.of('no_such_revision', { revision: wanted, repository: workTree })
      // Not `git log`: a server's configuration may make it print signatures.
      const printed = await git().raw('rev-list', '--max-count=1', '--no-commit-header', '--format=%s', revision)
      return { revision, subject: stripControl(printed.trimEnd()) }
    },

    async pin(revision) {
      await git().raw('update-ref', `${pinnedRefs}/${revision}`, revision)
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

    async checkOut(revision, { signal, output, note }) {
      const [changes, editedFiles] = await Promise.all([
        listChanges(revision, signal),
        list(signal, 'diff-files', '--name-only', '-z'),
      ])
      const files = await findFilesInTheWay(workTree, changes)
      if (files.length > 0) throw Failure.of('in_the_way', { files, workTree })
      const folders = await findUnwritable(await listChangedFolders(workTree, changes))
      if (folders.length > 0) throw await unwritableFailure(folders)
      if (editedFiles.length > 0) await note(`overwrites changes made by hand: ${editedFiles.join(', ')}`)
      const printed: string[] = []
      const onLine = async (line: string) => {
        printed.push(line)
        await output(line)
      }
      const args = [...options, 'checkout', '--force', '--detach', '--no-progress', revision]
      const exit = await runCommand('git', args, { cwd: workTree, env, signal, onLine })
      if (exit.code !== 0) {
        const reason = printed.slice(-3).join(' ') || `git was ended by ${exit.signal}`
        throw Failure.of('checkout_failed', { reason, workTree })
      }
      return changes.length
    },
  }
}

/**
 * Removes the index lock of a check-out that was killed. Safe only at the start of the agent: systemd has ended its git
 * processes, and no other program writes the index of this work tree.
 */
export async function removeIndexLock(workTree: string): Promise<void> {
  await rm(join(workTree, '.git', 'index.lock'), { force: true })
}

/** A path that differs between the index and a revision. */
interface Change {
  /** Git's letter: `A` is missing in the revision, `D` is missing in the index, `M` differs. */
  status: string
  path: string
}

/** Returns the existing folders in which a check-out creates or removes entries. */
async function listChangedFolders(workTree: string, changes: Change[]): Promise<string[]> {
  const folders = new Set(changes.map(({ path }) => dirname(path)))
  const existing = await Promise.all([...folders].map((folder) => findExistingFolder(workTree, folder)))
  return [...new Set(existing)]
}

/** Returns the folder itself, or the closest folder above it that exists. */
async function findExistingFolder(workTree: string, folder: string): Promise<string> {
  const path = join(workTree, folder)
  const entry = await lstat(path).catch((thrown: NodeJS.ErrnoException) => thrown.code)
  const isMissing = entry === 'ENOENT' || entry === 'ENOTDIR' || (typeof entry === 'object' && !entry.isDirectory())
  return isMissing && folder !== '.' ? findExistingFolder(workTree, dirname(folder)) : path
}

/** Finds untracked files that a check-out would overwrite: with `--force` git does not ask. */
async function findFilesInTheWay(workTree: string, changes: Change[]): Promise<string[]> {
  const removed = new Set(changes.filter(({ status }) => status === 'A').map(({ path }) => path))
  const added = changes.filter(({ status }) => status === 'D').map(({ path }) => path)
  const isBlocked = await Promise.all(added.map((path) => isUntrackedInTheWay(workTree, path, removed)))
  return added.filter((_, index) => isBlocked[index])
}

/** True if an untracked file stands at the path, in a folder at the path, or in place of one of its folders. */
async function isUntrackedInTheWay(workTree: string, file: string, removed: Set<string>): Promise<boolean> {
  const parts = file.split('/')
  for (let depth = 1; depth <= parts.length; depth++) {
    const path = parts.slice(0, depth).join('/')
    const entry = await lstat(join(workTree, path)).catch(() => null)
    if (!entry || removed.has(path)) return false
    if (!entry.isDirectory()) return true
    if (depth < parts.length) continue
    // A folder that the agent may not read certainly holds no file of the repository.
    const files = await listFiles(workTree, path).catch(() => null)
    return files === null || files.some((inside) => !removed.has(inside))
  }
  return false
}

async function listFiles(workTree: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(workTree, folder), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory())
  return files.map(({ parentPath, name }) => relative(workTree, join(parentPath, name)))
}
