// Lists the paths that a check-out writes, adds or removes, and the untracked files in its way.
import { lstat, readdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { type RunGit, splitNul } from '../run-git.ts'

/** A path that differs between the index and a revision. */
export interface Change {
  /** Git's letter: `A` is missing in the revision, `D` is missing in the index, `M` differs. */
  status: string
  path: string
  /** Modes as git has them, such as 100644; 160000 is a submodule. */
  modes: { revision: string; index: string }
}

export const submoduleMode = '160000'

export async function listChanges(git: RunGit, revision: string, signal: AbortSignal): Promise<Change[]> {
  const fields = splitNul(await git(['diff-index', '--cached', '--no-renames', '-z', revision], { signal }))
  return Array.from({ length: fields.length / 2 }, (_, n) => {
    const [ofRevision = '', ofIndex = '', , , status = ''] = (fields[2 * n] ?? '').slice(1).split(' ')
    return { status, path: fields[2 * n + 1] ?? '', modes: { revision: ofRevision, index: ofIndex } }
  })
}

/** Returns the existing folders in which a check-out creates or removes entries. */
export async function listChangedFolders(workTree: string, changes: Change[]): Promise<string[]> {
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
export async function findFilesInTheWay(workTree: string, changes: Change[]): Promise<string[]> {
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
