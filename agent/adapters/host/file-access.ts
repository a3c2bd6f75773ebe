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

/** Returns the folders that exist and in which the agent may not create and remove files. */
export async function findUnwritable(folders: string[]): Promise<string[]> {
  const denied = await Promise.all(folders.map((folder) => isDenied(folder, constants.W_OK | constants.X_OK)))
  return folders.filter((_, index) => denied[index])
}

/** @param contextPath the path in its build context; null outside of one. */
export async function unreadableFailure(path: string, contextPath: string | null): Promise<Failure> {
  return Failure.of('unreadable', { path, contextPath, remedy: await findRemedy([path]) })
}

export async function unwritableFailure(folders: string[]): Promise<Failure> {
  return Failure.of('unwritable', { folders, remedy: await findRemedy(folders) })
}

/** A file of another user may need its owner, as the folder of a database does: then a person has to look. */
async function findRemedy(paths: string[]): Promise<AccessRemedy> {
  const files = await Promise.all(paths.map((path) => stat(path).catch(() => null)))
  const groups = process.getgroups?.() ?? []
  if (files.every((file) => file && groups.includes(file.gid))) return 'let group'
  return files.every((file) => file?.uid === 0) ? { owner: userInfo().username } : 'look'
}

async function isDenied(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => false,
    (thrown: NodeJS.ErrnoException) => thrown.code === 'EACCES' || thrown.code === 'EPERM' || thrown.code === 'EROFS',
  )
}
