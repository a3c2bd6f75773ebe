// Checks the files of secrets before anything is built or stopped.
import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { getSystemErrorMessage } from 'node:util'
import { Failure } from '../../protocol/failure.ts'

/**
 * A file that only another user may reach counts as there: the engine mounts it as root.
 * @param root a folder that stands for `/`.
 * @throws secret_missing for files that do not exist or are empty; secret_unusable.
 */
export async function assertSecretsUsable(files: string[], root: string): Promise<void> {
  const found = await Promise.all(files.map((file) => readStats(join(root, file))))
  const missing = files.filter((_, index) => found[index] === 'missing' || isEmptyFile(found[index]))
  const [first] = missing
  if (first !== undefined) {
    const folder = dirname(first)
    const isFolderMissing = (await readStats(join(root, folder))) === 'missing'
    throw Failure.of('secret_missing', { files: missing, folder: isFolderMissing ? folder : null })
  }
  for (const [index, file] of files.entries()) {
    const stats = found[index]
    if (stats instanceof Error)
      throw Failure.of('secret_unusable', { file, problem: 'unreachable', reason: wordsOf(stats) }, stats)
    if (typeof stats === 'object' && stats?.isDirectory())
      throw Failure.of('secret_unusable', { file, problem: 'a folder', reason: '' })
  }
}

type FoundFile = Stats | 'missing' | 'hidden' | NodeJS.ErrnoException

async function readStats(path: string): Promise<FoundFile> {
  return stat(path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return 'missing'
    return thrown.code === 'EACCES' || thrown.code === 'EPERM' ? 'hidden' : thrown
  })
}

function isEmptyFile(found: FoundFile | undefined): boolean {
  return typeof found === 'object' && !(found instanceof Error) && found.isFile() && found.size === 0
}

function wordsOf({ errno, message }: NodeJS.ErrnoException): string {
  return errno === undefined ? message : getSystemErrorMessage(errno)
}
