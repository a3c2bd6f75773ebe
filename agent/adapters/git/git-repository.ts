// The git repository. Commands of a step run as the step's children, questions go through simple-git.
// Only `resolve` and `branchTip` take what a person typed; every other method gets full hashes.
import { lstat, readdir, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { simpleGit } from 'simple-git'
import type { Repository } from '../../interfaces/repository.ts'
import { Failure } from '../../protocol/failure.ts'
import { captureOutput, runCommand } from '../host/command.ts'
import { stripControl } from '../host/output-lines.ts'

/** Where the refs of deployed revisions live; hidden from pushes and fetches by `transfer.hideRefs`. */
const pins = 'refs/bpt-deployer'

export function openGitRepository(root: string): Repository {
  const { env } = process
  // The repository is shared by a group, so that its owner often is not the agent's user.
  const safe = `safe.directory=${root}`
  const configured = ['-c', safe, '-c', 'advice.detachedHead=false']
  // Made anew for each question: it asks for the folder to be there.
  const git = () =>
    simpleGit({ baseDir: root, config: [safe] }).outputHandler((_command, stdout) => {
      // For a command that prints nothing simple-git waits 50 ms longer, unless its output is heard to be empty.
      stdout.once('end', () => stdout.emit('data', Buffer.alloc(0)))
    })
  /** Output of a git command; null where there is none: simple-git takes a quiet refusal for success. */
  const ask = async (...args: string[]) => {
    try {
      return (await git().raw(args)).trim() || null
    } catch {
      return null
    }
  }

  /** NUL-separated output as a list. */
  const list = async (signal: AbortSignal, ...args: string[]) => {
    const { code, stdout, stderr } = await captureOutput('git', [...configured, ...args], { cwd: root, env, signal })
    if (code !== 0) throw new Error(`git ${args[0]} ended with ${code}: ${stderr.trim()}`)
    return stdout.split('\0').filter(Boolean)
  }

  /** Paths that differ between the index and a revision: what a check-out writes, adds, removes. */
  async function changes(revision: string, signal: AbortSignal): Promise<Change[]> {
    const fields = await list(signal, 'diff-index', '--cached', '--no-renames', '--name-status', '-z', revision)
    return Array.from({ length: fields.length / 2 }, (_, n) => ({
      how: fields[2 * n] ?? '',
      path: fields[2 * n + 1] ?? '',
    }))
  }

  /** Full hash of the commit that a name stands for; null where there is none, or no repository yet. */
  const findCommit = async (name: string) => {
    const printed = await ask('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`)
    // A range such as `main..main` prints two hashes.
    return printed && /^[0-9a-f]{40,64}$/.test(printed) ? printed : null
  }

  return {
    async resolve(wanted) {
      const revision = await findCommit(wanted)
      if (!revision) throw Failure.of('no_such_revision', { revision: wanted })
      // Not `git log`: a server's configuration may make it print signatures.
      const printed = await git().raw('rev-list', '--max-count=1', '--no-commit-header', '--format=%s', revision)
      return { revision, subject: stripControl(printed.trimEnd()) }
    },

    async pin(revision) {
      await git().raw('update-ref', `${pins}/${revision}`, revision)
    },

    async unpin(revision) {
      await git().raw('update-ref', '-d', `${pins}/${revision}`)
    },

    branchTip: (branch) => findCommit(`refs/heads/${branch}`),

    descendsFrom: async (newer, older) => (await ask('merge-base', older, newer)) === older,

    countAhead: async (newer, older) =>
      newer === older ? 0 : Number((await ask('rev-list', '--count', newer, `^${older}`)) ?? 0),

    // A branch at HEAD moves with each push, so that only a detached one names what the work tree holds.
    checkedOutRevision: async () =>
      (await ask('symbolic-ref', '-q', 'HEAD')) ? null : ask('rev-parse', '--verify', '--quiet', 'HEAD'),

    async checkOut(revision, { signal, output, note }) {
      const [all, edited] = await Promise.all([
        changes(revision, signal),
        list(signal, 'diff-files', '--name-only', '-z'),
      ])
      const files = await inTheWay(root, all)
      if (files.length > 0) throw Failure.of('in_the_way', { files, root })
      if (edited.length > 0) await note(`overwrites changes made by hand: ${edited.join(', ')}`)
      const said: string[] = []
      const hear = async (line: string) => {
        said.push(line)
        await output(line)
      }
      const args = [...configured, 'checkout', '--force', '--detach', '--no-progress', revision]
      const { code, signal: by } = await runCommand('git', args, { cwd: root, env, signal, onLine: hear })
      if (code !== 0) throw Failure.of('checkout_failed', { reason: said.slice(-3).join(' ') || `git ended by ${by}` })
      return all.length
    },
  }
}

/**
 * Removes a lock that a killed check-out left. Only for the start of the agent, when none of its own git processes
 * lives (systemd ends them with it), and only for the index: nobody else writes the index of this work tree.
 */
export async function removeIndexLock(root: string): Promise<void> {
  await rm(join(root, '.git', 'index.lock'), { force: true })
}

/** How a path of the index compares with the revision, in git's letters: `D` is missing in the index, `A` in the revision. */
interface Change {
  how: string
  path: string
}

/** Untracked files that a check-out would overwrite: with `--force` git does not ask. */
async function inTheWay(root: string, changes: Change[]): Promise<string[]> {
  const leaving = new Set(changes.filter(({ how }) => how === 'A').map(({ path }) => path))
  const coming = changes.filter(({ how }) => how === 'D').map(({ path }) => path)
  const blocked = await Promise.all(coming.map((path) => untracked(root, path, leaving)))
  return coming.filter((_, index) => blocked[index])
}

/** True when something that git does not track stands where the file goes: a file, a folder that holds some, or a file
 * in place of one of its folders. */
async function untracked(root: string, file: string, leaving: Set<string>): Promise<boolean> {
  const parts = file.split('/')
  for (let depth = 1; depth <= parts.length; depth++) {
    const path = parts.slice(0, depth).join('/')
    const there = await lstat(join(root, path)).catch(() => null)
    if (!there || leaving.has(path)) return false
    if (!there.isDirectory()) return true
    if (depth === parts.length) return (await filesIn(root, path)).some((inside) => !leaving.has(inside))
  }
  return false
}

async function filesIn(root: string, folder: string): Promise<string[]> {
  const found = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
  const files = found.filter((entry) => !entry.isDirectory())
  return files.map(({ parentPath, name }) => relative(root, join(parentPath, name)))
}
