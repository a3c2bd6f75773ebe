// Tells which paths the agent's user may not read or write.
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { Failure } from '../../protocol/failure.ts'
import type { AccessRemedy } from '../../protocol/failures/server-failures.ts'

/** Returns the first path that exists as far as the agent can tell, and that it may not read; null if there is none. */
export async function findUnreadable(paths: string[]): Promise<string | null> {
  for (const path of paths) if (await isDenied(path, constants.R_OK)) return path
  return null
}

/**
 * Checks that the agent may create and remove files in folders; those that do not exist do not count.
 * @throws read_only, unwritable.
 */
export async function assertWritable(folders: string[]): Promise<void> {
  const codes = await Promise.all(folders.map((folder) => accessError(folder, constants.W_OK | constants.X_OK)))
  const readOnly = folders.find((_, index) => codes[index] === 'EROFS')
  if (readOnly) throw Failure.of('read_only', { path: readOnly })
  const denied = folders.filter((_, index) => isDenial(codes[index]))
  if (denied.length > 0) throw Failure.of('unwritable', { folders: denied, remedy: await findRemedy(denied) })
}

/** @param contextPath the path in its build context; null outside of one. */
export async function unreadableFailure(path: string, contextPath: string | null): Promise<Failure> {
  return Failure.of('unreadable', { path, contextPath, remedy: await findRemedy([path]) })
}

/** A file of another user may need its owner, as the folder of a database does: then a person has to look. */
async function findRemedy(paths: string[]): Promise<AccessRemedy> {
  const files = await Promise.all(paths.map((path) => stat(path).catch(() => null)))
  const groups = process.getgroups?.() ?? []
  if (files.every((file) => file && groups.includes(file.gid))) return 'let group'
  return files.every((file) => file?.uid === 0) ? { owner: userInfo().username } : 'look'
}

async function isDenied(path: string, mode: number): Promise<boolean> {
  return isDenial(await accessError(path, mode))
}

function isDenial(code: string | null | undefined): boolean {
  return code === 'EACCES' || code === 'EPERM'
}

/** Returns the code of the error with which the system denies the access; null if it grants it. */
async function accessError(path: string, mode: number): Promise<string | null> {
  return access(path, mode).then(
    () => null,
    (thrown: NodeJS.ErrnoException) => thrown.code ?? null,
  )
}
