// Reads the files of a build context as BuildKit gets them: paths, modes and contents.
import type { BigIntStats } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { IgnoreRules, PatternMatch } from './dockerignore.ts'
import { changeStamp, type FileHashes } from './file-hashes.ts'
import { UncertainInputs } from './uncertain-inputs.ts'

export interface ContextEntry {
  path: string
  mode: number
  /** Bytes of a file; 0 for a folder or a link. */
  size: number
  /** True if Docker's clients certainly send the same entry: no ignore rule is in doubt, and no hard link exists. */
  isSentAlike: boolean
  /** A file's hash, `-> TARGET` for a link, empty for a folder. */
  content: string
  /** Changes whenever the entry is written, even with the same content. */
  stamp: string
}

/** With a larger context a build takes hardly longer than to find out that it is not needed. */
const maxEntries = 2_000
const maxContextBytes = 32_000_000

/** @throws UncertainInputs for a context above the limits, and for an entry that is no file, folder or link. */
export async function readContext(
  contextFolder: string,
  ignoreRules: IgnoreRules,
  fileHashes: FileHashes,
): Promise<ContextEntry[]> {
  let entries = 0
  let bytes = 0

  async function readFolder(
    folder: string,
    isInExcluded: boolean,
    folderMatch: PatternMatch | null,
  ): Promise<ContextEntry[]> {
    const names = await readdir(join(contextFolder, folder))
    entries += names.length
    if (entries > maxEntries) throw new UncertainInputs(`more than ${maxEntries} files in the context`)
    const paths = names.map((name) => (folder ? `${folder}/${name}` : name))
    return (await Promise.all(paths.map((path) => readEntry(path, isInExcluded, folderMatch)))).flat()
  }

  async function readEntry(
    path: string,
    isInExcluded: boolean,
    folderMatch: PatternMatch | null,
  ): Promise<ContextEntry[]> {
    const isExcluded = ignoreRules.isExcluded(path, isInExcluded)
    if (isExcluded && !ignoreRules.mayContainIncluded(path)) return []
    const match = ignoreRules.matchAsBuildKit(path, folderMatch)
    const isCertain = match.isExcluded === isExcluded
    if (path === '.git' && !isExcluded) throw new UncertainInputs('.git is part of the context')
    const stats = await lstat(join(contextFolder, path), { bigint: true })
    if (stats.isDirectory()) {
      const inside = await readFolder(path, isInExcluded || isExcluded, match)
      const isLeftOut = isExcluded && inside.length === 0
      return isLeftOut ? [] : [{ ...createEntry(path, stats, ''), isSentAlike: isCertain }, ...inside]
    }
    if (isExcluded) return []
    const content = await readContent(join(contextFolder, path), stats)
    return [{ ...createEntry(path, stats, content), isSentAlike: isCertain && stats.nlink === 1n }]
  }

  async function readContent(path: string, stats: BigIntStats): Promise<string> {
    if (stats.isSymbolicLink()) return `-> ${await readlink(path)}`
    if (!stats.isFile()) throw new UncertainInputs(`${path} is no file`)
    bytes += Number(stats.size)
    if (bytes > maxContextBytes) throw new UncertainInputs(`more than ${maxContextBytes} bytes in the context`)
    return fileHashes.hashFile(path, stats)
  }

  return (await readFolder('', false, null)).sort((a, b) => (a.path < b.path ? -1 : 1))
}

function createEntry(path: string, stats: BigIntStats, content: string): Omit<ContextEntry, 'isSentAlike'> {
  const size = stats.isFile() ? Number(stats.size) : 0
  return { path, mode: Number(stats.mode), size, content, stamp: changeStamp(stats) }
}
