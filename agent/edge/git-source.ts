// The repository, by simple-git. A revision that a person typed is resolved to a hash first; git gets only hashes.
import { lstat, readdir, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { simpleGit } from 'simple-git'
import { Failure } from '../failure.ts'
import type { Source } from '../source.ts'
import { plain } from './lines.ts'

/** Where the refs of deployed revisions live; hidden from pushes and fetches by `transfer.hideRefs`. */
const pins = 'refs/bpt-deployer'

const fullHash = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

export function gitSource(root: string): Source {
  // The repository is shared by a group, so that its owner often is not the agent's user.
  const git = (signal?: AbortSignal) =>
    simpleGit({
      baseDir: root,
      config: [`safe.directory=${root}`, 'advice.detachedHead=false'],
      ...(signal && { abort: signal }),
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
  const list = async (...args: string[]) => (await git().raw(args)).split('\0').filter(Boolean)

  /** Paths that differ between the index and a revision: what a check-out writes, adds, removes. */
  async function changes(revision: string): Promise<Change[]> {
    const fields = await list('diff-index', '--cached', '--no-renames', '--name-status', '-z', revision)
    return Array.from({ length: fields.length / 2 }, (_, n) => ({
      how: fields[2 * n] ?? '',
      path: fields[2 * n + 1] ?? '',
    }))
  }

  return {
    async resolve(wanted) {
      const named = fullHash.test(wanted)
        ? wanted
        : await ask('rev-parse', '--verify', '--quiet', '--end-of-options', `${wanted}^{commit}`)
      const found = named && (await ask('log', '-1', '--no-show-signature', '--format=%H %s', named))
      if (!found) throw Failure.of('no_such_revision', { revision: wanted })
      const [revision = '', ...subject] = found.split(' ')
      return { revision, subject: plain(subject.join(' ')) }
    },

    async pin(revision) {
      await git().raw('update-ref', `${pins}/${revision}`, revision)
    },

    async unpin(revision) {
      await git().raw('update-ref', '-d', `${pins}/${revision}`)
    },

    tip: (branch) => ask('rev-parse', '--verify', '--quiet', '--end-of-options', `refs/heads/${branch}^{commit}`),

    contains: async (newer, older) => (await ask('merge-base', older, newer)) === older,

    ahead: async (newer, older) => Number((await ask('rev-list', '--count', newer, `^${older}`)) ?? 0),

    // A branch at HEAD moves with each push, so that only a detached one names what the work tree holds.
    head: async () =>
      (await ask('symbolic-ref', '-q', 'HEAD')) ? null : ask('rev-parse', '--verify', '--quiet', 'HEAD'),

    async checkOut(revision, { signal, out, note }) {
      const [all, edited] = await Promise.all([changes(revision), list('diff-files', '--name-only', '-z')])
      const files = await inTheWay(root, all)
      if (files.length > 0) throw Failure.of('in_the_way', { files, root })
      if (edited.length > 0) await note(`overwrites changes made by hand: ${edited.join(', ')}`)
      let said = ''
      const hear = (_command: string, _stdout: NodeJS.ReadableStream, stderr: NodeJS.ReadableStream) => {
        stderr.on('data', (chunk: Buffer) => {
          said += chunk
        })
      }
      try {
        await git(signal).outputHandler(hear).raw('checkout', '--force', '--detach', '--no-progress', revision)
      } catch (thrown) {
        signal.throwIfAborted()
        throw Failure.of('checkout_failed', { reason: reason(thrown) }, thrown)
      } finally {
        for (const line of said.trim().split('\n')) await out(plain(line))
      }
      return all.length
    },
  }
}

/**
 * Removes a lock that a killed check-out left. Only for the start of the agent, when none of its own git processes
 * lives (systemd ends them with it), and only for the index: nobody else writes the index of this work tree.
 */
export async function unlock(root: string): Promise<void> {
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

function reason(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).trim().split('\n').slice(-3).join(' ')
}
