// Finds files whose contents git does not hold: those of submodules, and those of Git LFS, of which git has pointers.
import { type RunGit, splitNul } from '../run-git.ts'
import { type Change, submoduleMode } from './changes.ts'

export interface ExternalFiles {
  submodules: string[]
  /** Paths with a pointer in place of the content. */
  lfs: string[]
  /** True if a later file may be a pointer without a change of the attributes. */
  usesLfs: boolean
}

/** Larger files are no pointers (git-lfs, docs/spec.md). */
const maxPointerBytes = 1024

interface TreeFile {
  path: string
  mode: string
  id: string
}

/** Looks through the whole revision. */
export async function findExternalFiles(git: RunGit, revision: string, signal: AbortSignal): Promise<ExternalFiles> {
  const files = await listTree(git, revision, signal)
  const submodules = files.filter(({ mode }) => mode === submoduleMode).map(({ path }) => path)
  const attributes = files.filter(({ path }) => isAttributesFile(path)).map(({ id }) => id)
  const usesLfs = attributes.length > 0 && /\bfilter=lfs\b/.test(await readObjects(git, attributes, signal))
  return { submodules, lfs: usesLfs ? await findPointers(git, files, signal) : [], usesLfs }
}

/** True if a revision may have external files. @param before those of the revision before. */
export function mayHaveExternalFiles(before: ExternalFiles, changes: Change[]): boolean {
  if (before.usesLfs || before.submodules.length > 0) return true
  return changes.some(({ path, modes }) => modes.revision === submoduleMode || isAttributesFile(path))
}

function isAttributesFile(path: string): boolean {
  return path === '.gitattributes' || path.endsWith('/.gitattributes')
}

async function listTree(git: RunGit, revision: string, signal: AbortSignal): Promise<TreeFile[]> {
  return splitNul(await git(['ls-tree', '-r', '-z', '--full-tree', revision], { signal })).map((entry) => {
    const [mode = '', , id = ''] = entry.split(/[ \t]/, 3)
    return { mode, id, path: entry.slice(entry.indexOf('\t') + 1) }
  })
}

async function readObjects(git: RunGit, ids: string[], signal: AbortSignal): Promise<string> {
  return git(['cat-file', '--batch'], { signal, input: `${ids.join('\n')}\n` })
}

/** Reads only files of a pointer's size. */
async function findPointers(git: RunGit, files: TreeFile[], signal: AbortSignal): Promise<string[]> {
  const blobs = files.filter(({ mode }) => mode.startsWith('100'))
  const input = blobs.map(({ id }) => `${id}\n`).join('')
  const printed = await git(['cat-file', '--batch-check=%(objectname) %(objectsize)'], { signal, input })
  const small = printed.split('\n').flatMap((line) => {
    const [id = '', size] = line.split(' ')
    return id && Number(size) < maxPointerBytes ? [id] : []
  })
  if (small.length === 0) return []
  const contents = await readObjects(git, [...new Set(small)], signal)
  const header = /^([0-9a-f]{40,64}) blob \d+\nversion https:\/\/git-lfs\.github\.com\/spec\//gm
  const pointers = new Set(Array.from(contents.matchAll(header), ([, id]) => id))
  return blobs.filter(({ id }) => pointers.has(id)).map(({ path }) => path)
}
