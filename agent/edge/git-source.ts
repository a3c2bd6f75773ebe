// The repository, by simple-git. A revision that a person typed is resolved to a hash first; git gets only hashes.
import { lstat, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { simpleGit } from 'simple-git'
import { Failure } from '../failure.ts'
import type { Source } from '../source.ts'

/** Where the refs of deployed revisions live; hidden from pushes and fetches by `transfer.hideRefs`. */
const pins = 'refs/bpt-deployer'

export function gitSource(root: string): Source {
  // The repository is shared by a group, so that its owner often is not the agent's user.
  const git = (signal?: AbortSignal) =>
    simpleGit({
      baseDir: root,
      config: [`safe.directory=${root}`, 'advice.detachedHead=false'],
      ...(signal && { abort: signal }),
    })

  /** Output of a git command; null where git refuses. */
  const ask = (...args: string[]) =>
    git()
      .raw(args)
      .then((text) => text.trim())
      .catch(() => null)

  /** NUL-separated output as a list. */
  const list = async (...args: string[]) => (await git().raw(args)).split('\0').filter(Boolean)

  /** Untracked files that a check-out would overwrite: git itself would not ask before `-f`. */
  async function inTheWay(revision: string): Promise<string[]> {
    const tracked = new Set(await list('ls-files', '-z'))
    const wanted = await list('ls-tree', '-r', '-z', '--name-only', revision)
    const found = await Promise.all(
      wanted
        .filter((file) => !tracked.has(file))
        .map(async (file) => ((await blocked(root, file, tracked)) ? file : [])),
    )
    return found.flat()
  }

  return {
    async resolve(wanted) {
      const hash = await ask('rev-parse', '--verify', '--quiet', '--end-of-options', `${wanted}^{commit}`)
      if (!hash) throw Failure.of('no_such_revision', { revision: wanted })
      return { revision: hash, subject: (await ask('log', '-1', '--format=%s', hash)) ?? '' }
    },

    async pin(revision) {
      await git().raw('update-ref', `${pins}/${revision}`, revision)
    },

    tip: (branch) => ask('rev-parse', '--verify', '--quiet', '--end-of-options', `refs/heads/${branch}^{commit}`),

    contains: async (newer, older) => (await ask('merge-base', older, newer)) === older,

    ahead: async (newer, older) => Number((await ask('rev-list', '--count', newer, `^${older}`)) ?? 0),

    // A branch at HEAD moves with each push, so that only a detached one names what the work tree holds.
    head: async () =>
      (await ask('symbolic-ref', '-q', 'HEAD')) ? null : ask('rev-parse', '--verify', '--quiet', 'HEAD'),

    async checkOut(revision, { signal, out, note }) {
      const files = await inTheWay(revision)
      if (files.length > 0) throw Failure.of('in_the_way', { files, root })
      const edited = await list('diff-files', '--name-only', '-z').catch(() => [])
      if (edited.length > 0) await note(`overwrites changes made by hand: ${edited.join(', ')}`)
      const before = await ask('write-tree')
      try {
        await git(signal)
          .outputHandler((_command, _stdout, stderr) => stderr.on('data', (chunk) => void out(String(chunk).trim())))
          .raw('checkout', '--force', '--detach', revision)
      } catch (thrown) {
        signal.throwIfAborted()
        throw Failure.of('checkout_failed', { reason: reason(thrown) }, thrown)
      }
      return (await list('diff-tree', '-r', '-z', '--name-only', before ?? '', revision).catch(() => [])).length
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

/** True when something untracked stands where the file goes: the file itself, or a file in place of a folder. */
async function blocked(root: string, file: string, tracked: Set<string>): Promise<boolean> {
  const parts = file.split('/')
  for (let depth = 1; depth <= parts.length; depth++) {
    const path = parts.slice(0, depth).join('/')
    const there = await lstat(join(root, path)).catch(() => null)
    if (!there) return false
    if (tracked.has(path)) return false
    if (depth === parts.length || !there.isDirectory()) return true
  }
  return false
}

function reason(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).trim().split('\n').slice(-3).join(' ')
}
