// The files of a build's context as the archive that the engine takes: owned by root, as all of Docker's clients send
// them, so that steps which others of its clients had done are found done.
import { lstat, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { packTar, type TarEntry } from 'modern-tar'
import { UncertainInputs } from '../inputs/uncertain-inputs.ts'

/** Bits of a mode that say who may do what. */
const rights = 0o7777

/** @throws UncertainInputs where a file went away meanwhile, or cannot be read. */
export async function packContext(root: string, paths: string[]): Promise<Buffer> {
  const entries = await Promise.all(paths.map((path) => one(root, path))).catch((thrown: unknown) => {
    throw new UncertainInputs(`the context: ${thrown instanceof Error ? thrown.message : thrown}`)
  })
  const packed = await packTar(entries)
  return Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
}

async function one(root: string, name: string): Promise<TarEntry> {
  const path = join(root, name)
  const stats = await lstat(path)
  const common = { mode: stats.mode & rights, mtime: stats.mtime, uid: 0, gid: 0, size: 0 }
  if (stats.isDirectory()) return { header: { ...common, name: `${name}/`, type: 'directory' } }
  if (stats.isSymbolicLink()) return { header: { ...common, name, type: 'symlink', linkname: await readlink(path) } }
  const body = await readFile(path)
  return { header: { ...common, name, type: 'file', size: body.length }, body }
}
