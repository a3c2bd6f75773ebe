// Reads the contents that containers use: tracked ones by the ids that git has for them, secrets and configs by their
// bytes. Reads no other untracked file: a mounted folder may hold a database.
import { hash } from 'node:crypto'
import { readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import type { ContentReader, ContentState } from '../../interfaces/engine/used-content.ts'
import { createGitRunner } from './run-git.ts'

/** A larger file is compared by its size and its time of change. */
const maxReadBytes = 4_000_000

const stateOfValue = (digest: string): ContentState => ({ path: '', digest, inode: null })

export function createContentReader(workTree: string): ContentReader {
  const git = createGitRunner(workTree)
  const runGit = (signal: AbortSignal, ...args: string[]) => git(['--literal-pathspecs', ...args], { signal })

  /** Returns mode, type and id of each path that the revision has. */
  async function listObjects(revision: string, paths: string[], signal: AbortSignal): Promise<Map<string, string>> {
    const objects = new Map<string, string>()
    const below = paths.filter((path) => path !== '')
    if (below.length > 0) {
      // With -t a path is listed even if another path is below it.
      const listed = await runGit(signal, 'ls-tree', '-t', '-z', revision, '--', ...below)
      for (const [, object = '', path = ''] of listed.matchAll(/([^\t\0]+)\t([^\0]+)\0/g)) objects.set(path, object)
    }
    if (below.length < paths.length) {
      const tree = await runGit(signal, 'rev-parse', '--verify', `${revision}^{tree}`)
      objects.set('', `040000 tree ${tree.trim()}`)
    }
    return objects
  }

  return {
    async readStates(contents, revision, signal) {
      const root = await realpath(workTree)
      const paths = await Promise.all(
        contents.map(async ({ source }) =>
          'path' in source ? pathInside(root, await resolveLinks(source.path)) : null,
        ),
      )
      const inside = [...new Set(paths.filter((path) => path !== null))]
      const objects = inside.length > 0 ? await listObjects(revision, inside, signal) : new Map<string, string>()
      return Promise.all(
        contents.map(async ({ kind, source }, index) => {
          if ('digest' in source) return stateOfValue(source.digest)
          const path = paths[index] ?? null
          const object = path === null ? undefined : objects.get(path)
          if (path !== null && object) return { path, digest: object, inode: await inodeOfFolder(join(root, path)) }
          if (kind === 'mount') return stateOfValue('')
          return { path: source.path, digest: await readUntracked(source.path), inode: null }
        }),
      )
    },

    async listChangedFiles(before, after, signal) {
      const [older, newer] = [treeId(before), treeId(after)]
      if (!older || !newer) return []
      const args = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', older, newer]
      // The older tree may have been removed from the repository.
      const listed = await runGit(signal, ...args).catch(() => '')
      return listed
        .split('\0')
        .filter(Boolean)
        .map((file) => join(after.path, file))
    },
  }
}

function treeId({ digest }: ContentState): string | null {
  return /^040000 tree ([0-9a-f]+)$/.exec(digest)?.[1] ?? null
}

/** Resolves symlinks as far as the path exists and may be read. */
async function resolveLinks(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(await resolveLinks(parent), basename(path))
  }
}

/** Returns the path relative to the root; null if it is outside. */
function pathInside(root: string, path: string): string | null {
  const inside = relative(root, path)
  return inside === '..' || inside.startsWith('../') ? null : inside
}

async function inodeOfFolder(path: string): Promise<string | null> {
  const stats = await stat(path, { bigint: true }).catch(() => null)
  return stats?.isDirectory() ? `${stats.ino}` : null
}

/** Returns a digest of an untracked secret or config; empty for a folder, whose untracked files never count. */
async function readUntracked(path: string): Promise<string> {
  const stats = await stat(path, { bigint: true }).catch(() => null)
  if (!stats) return 'missing'
  if (!stats.isFile()) return ''
  const bytes = stats.size <= maxReadBytes ? await readFile(path).catch(() => null) : null
  return bytes ? hash('sha256', bytes) : [stats.ino, stats.size, stats.mtimeNs].join()
}
