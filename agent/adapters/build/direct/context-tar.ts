// Packs the files of a build context for the engine. Root owns each entry, as in the archives of Docker's clients:
// BuildKit then finds steps in its cache that a build by another client left there.
import { lstat, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { packTar, type TarEntry } from 'modern-tar'
import { UncertainInputs } from '../inputs/uncertain-inputs.ts'

/** Permissions, setuid, setgid and sticky bit: a mode without the file's type. */
const permissionBits = 0o7777

/** @throws UncertainInputs if a file disappeared since the context was read, or cannot be read. */
export async function packContext(contextFolder: string, paths: string[]): Promise<Buffer> {
  const entries = await Promise.all(paths.map((path) => createEntry(contextFolder, path))).catch((thrown: unknown) => {
    throw new UncertainInputs(`cannot read the build context: ${thrown instanceof Error ? thrown.message : thrown}`)
  })
  const packed = await packTar(entries)
  return Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
}

async function createEntry(contextFolder: string, name: string): Promise<TarEntry> {
  const path = join(contextFolder, name)
  const stats = await lstat(path)
  const common = { mode: stats.mode & permissionBits, mtime: stats.mtime, uid: 0, gid: 0, size: 0 }
  if (stats.isDirectory()) return { header: { ...common, name: `${name}/`, type: 'directory' } }
  if (stats.isSymbolicLink()) return { header: { ...common, name, type: 'symlink', linkname: await readlink(path) } }
  const body = await readFile(path)
  return { header: { ...common, name, type: 'file', size: body.length }, body }
}
