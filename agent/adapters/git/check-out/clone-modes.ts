// Gives tracked files and folders the modes that a clone has. Earlier versions of the agent, and members of its group,
// wrote them with the umask 0002: cron, ssh and sudo refuse such files, in an image as well as in a mount.
import { chmod, lstat, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type RunGit, splitNul } from '../run-git.ts'
import type { Change } from './changes.ts'

/** Write permission of the group and of others, which the umask 022 takes away. */
const groupAndOtherWrite = 0o022

/** A new folder inherits the bit from the root of the work tree, which has it for the files that members create. */
const setGroupId = 0o2000

/** Mends all tracked paths; those with the right modes are only looked at. */
export async function mendAllModes(git: RunGit, workTree: string, signal: AbortSignal): Promise<void> {
  const listed = splitNul(await git(['ls-files', '--stage', '-z'], { signal }))
  const files = listed.flatMap((entry) => (entry.startsWith('100') ? [entry.slice(entry.indexOf('\t') + 1)] : []))
  await mendFolders(workTree, files)
  const results = await Promise.all(files.map((file) => mendMode(join(workTree, file), groupAndOtherWrite)))
  const others = files.filter((_, index) => results[index] === 'denied')
  if (others.length > 0) {
    // Only the owner may change the mode: write the files anew.
    await Promise.all(others.map((file) => rm(join(workTree, file)).catch(() => {})))
    const written = git(['checkout-index', '--force', '--quiet', '-z', '--stdin'], { signal, input: others.join('\0') })
    // A folder that the agent may not write keeps its files as they are.
    await written.catch(() => signal.throwIfAborted())
  }
  // Without this git would take each mended file for one that was edited.
  if (results.some((result) => result !== 'right')) await git(['update-index', '-q', '--refresh'], { signal })
}

/** Mends the folders that a check-out created. */
export async function mendNewFolders(workTree: string, changes: Change[]): Promise<void> {
  const added = changes.filter(({ status }) => status === 'D')
  await mendFolders(
    workTree,
    added.map(({ path }) => path),
  )
}

async function mendFolders(workTree: string, files: string[]): Promise<void> {
  const folders = new Set<string>()
  for (const file of files)
    for (let folder = dirname(file); folder !== '.' && !folders.has(folder); folder = dirname(folder))
      folders.add(folder)
  await Promise.all([...folders].map((folder) => mendMode(join(workTree, folder), groupAndOtherWrite | setGroupId)))
}

/** @returns `denied` for a file of another user. */
async function mendMode(path: string, forbidden: number): Promise<'right' | 'mended' | 'denied'> {
  const stats = await lstat(path).catch(() => null)
  if (!stats || stats.isSymbolicLink() || (stats.mode & forbidden) === 0) return 'right'
  return chmod(path, stats.mode & 0o7777 & ~forbidden).then(
    () => 'mended' as const,
    () => 'denied' as const,
  )
}
