// The files of a build's context, as the builder gets them: their paths, modes and contents.
import type { BigIntStats } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { IgnoreRules, PatternMatch } from './dockerignore.ts'
import { changeStamp, type FileHashes } from './file-hashes.ts'
import { UncertainInputs } from './uncertain-inputs.ts'

export interface ContextEntry {
  path: string
  mode: number
  /** Bytes of a file, 0 for all else. */
  size: number
  /** True where Docker's clients would send the same: no file that they may leave out, and none of several names. */
  isSentAlike: boolean
  /** A file's hash, a link's target, nothing for a folder. */
  content: string
  /** Another one when the entry was touched meanwhile, even if its content is the same again. */
  stamp: string
}

/** With more than this a build takes hardly longer than to look whether one is needed. */
const limits = { entries: 2_000, bytes: 32_000_000 }

/** @throws UncertainInputs for more than can be read quickly, and for what is neither file, folder nor link. */
export async function readContext(root: string, ignored: IgnoreRules, contents: FileHashes): Promise<ContextEntry[]> {
  let entries = 0
  let bytes = 0

  async function inside(folder: string, within: boolean, matched: PatternMatch | null): Promise<ContextEntry[]> {
    const names = await readdir(join(root, folder))
    entries += names.length
    if (entries > limits.entries) throw new UncertainInputs(`more than ${limits.entries} files in the context`)
    const paths = names.map((name) => (folder ? `${folder}/${name}` : name))
    return (await Promise.all(paths.map((path) => look(path, within, matched)))).flat()
  }

  async function look(path: string, within: boolean, folder: PatternMatch | null): Promise<ContextEntry[]> {
    const out = ignored.isExcluded(path, within)
    if (out && !ignored.mayContainIncluded(path)) return []
    const matched = ignored.matchAsBuildKit(path, folder)
    const sure = matched.isExcluded === out
    if (path === '.git' && !out) throw new UncertainInputs('.git is part of the context')
    const stats = await lstat(join(root, path), { bigint: true })
    if (stats.isDirectory()) {
      const found = await inside(path, within || out, matched)
      return out && found.length === 0 ? [] : [{ ...entry(path, stats, ''), isSentAlike: sure }, ...found]
    }
    if (out) return []
    return [{ ...entry(path, stats, await content(join(root, path), stats)), isSentAlike: sure && stats.nlink === 1n }]
  }

  async function content(path: string, stats: BigIntStats): Promise<string> {
    if (stats.isSymbolicLink()) return `-> ${await readlink(path)}`
    if (!stats.isFile()) throw new UncertainInputs(`${path} is no file`)
    bytes += Number(stats.size)
    if (bytes > limits.bytes) throw new UncertainInputs(`more than ${limits.bytes} bytes in the context`)
    return contents.hashFile(path, stats)
  }

  return (await inside('', false, null)).sort((a, b) => (a.path < b.path ? -1 : 1))
}

function entry(path: string, stats: BigIntStats, content: string): Omit<ContextEntry, 'isSentAlike'> {
  const size = stats.isFile() ? Number(stats.size) : 0
  return { path, mode: Number(stats.mode), size, content, stamp: changeStamp(stats) }
}
