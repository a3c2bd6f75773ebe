// Tells which paths the agent's user may not read or write.
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { Failure } from '../../protocol/failure.ts'

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
  const isInClosedFolder = await isDenied(dirname(path), constants.X_OK)
  return Failure.of('unreadable', { path, user: userInfo().username, isInClosedFolder, contextPath })
}

export function unwritableFailure(folders: string[]): Failure {
  return Failure.of('unwritable', { folders, user: userInfo().username })
}

async function isDenied(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => false,
    (thrown: NodeJS.ErrnoException) => thrown.code === 'EACCES' || thrown.code === 'EPERM' || thrown.code === 'EROFS',
  )
}
