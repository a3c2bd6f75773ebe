// Copies small untracked files, and links to everything else: a folder of uploads or of a database may be of any size.
import { constants } from 'node:fs'
import { chmod, copyFile, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface CopyBudget {
  files: number
  bytes: number
}

/** Beyond these limits of adapters/build/inputs/build-context.ts the inputs of a build are not compared anyway. */
export function createCopyBudget(): CopyBudget {
  return { files: 2_000, bytes: 32_000_000 }
}

/** Returns the paths at which the target has another file already. */
export async function mirrorEntry(
  folders: { source: string; target: string },
  path: string,
  budget: CopyBudget,
): Promise<string[]> {
  const source = join(folders.source, path)
  const target = join(folders.target, path)
  const stats = await lstat(source).catch(() => null)
  // The file was removed after it had been listed.
  if (!stats) return []
  budget.files--
  const isCopied = budget.files >= 0 && (stats.isDirectory() || stats.size <= budget.bytes)
  try {
    await mkdir(dirname(target), { recursive: true })
    if (stats.isDirectory() && isCopied) {
      const names = await readdir(source)
      if (names.length <= budget.files) {
        await mkdir(target, { recursive: true })
        // Not as an option of mkdir, from which the umask would take bits away.
        await chmod(target, (stats.mode & 0o7777) | 0o700)
        const inTheWay: string[] = []
        for (const name of names) inTheWay.push(...(await mirrorEntry(folders, join(path, name), budget)))
        return inTheWay
      }
    } else if (stats.isFile() && isCopied) {
      await copyFile(source, target, constants.COPYFILE_EXCL)
      budget.bytes -= stats.size
      return []
    }
    await symlink(stats.isSymbolicLink() ? await readlink(source) : source, target)
    return []
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null
    if (code === 'EEXIST' || code === 'ENOTDIR') return [path]
    if (code === 'ENOENT') return []
    if (code !== 'EACCES' && code !== 'EPERM') throw thrown
    // The agent may not read it, so that it is no input of compose either.
    await symlink(source, target).catch(() => {})
    return []
  }
}
