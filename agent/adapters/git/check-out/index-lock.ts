// Waits for another git program, such as a commit by hand, that changes the index of the work tree.
import { watch } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Failure } from '../../../protocol/failure.ts'

/** A git program that still works has seldom held its lock for longer. */
const maxLockAgeMs = 10_000

const indexLock = (workTree: string) => join(workTree, '.git', 'index.lock')

/** Returns at once without a lock. @throws git_locked for a lock that is old, or gets too old. */
export function waitForIndexLock(workTree: string, signal: AbortSignal): Promise<void> {
  return waitForLock(indexLock(workTree), signal)
}

/** Returns the lock file that git found in its way; null if git failed for another reason. */
export function findNamedLock(output: string): string | null {
  return /Unable to create '([^'\n]+\.lock)': File exists/.exec(output)?.[1] ?? null
}

/** @throws git_locked for a lock that is old, or gets too old. */
export async function waitForLock(path: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    if ((await readAgeMs(path)) === null) return
    using gone = watchRemoval(path)
    const ageMs = await readAgeMs(path)
    if (ageMs === null) return
    if (ageMs >= maxLockAgeMs) throw Failure.of('git_locked', { path, ageMs })
    await gone.wait(AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(maxLockAgeMs - ageMs))]))
    signal.throwIfAborted()
  }
}

/**
 * Removes the index lock of a check-out that was killed. Safe only at the start of the agent: systemd has ended its git
 * processes. The lock of another user belongs to a program that may still work.
 */
export async function removeIndexLock(workTree: string): Promise<void> {
  const path = indexLock(workTree)
  const stats = await stat(path).catch(() => null)
  if (stats && stats.uid === process.getuid?.()) await rm(path, { force: true })
}

/** Returns null if there is no such file. */
async function readAgeMs(path: string): Promise<number | null> {
  const stats = await stat(path).catch(() => null)
  return stats && Math.max(0, Date.now() - stats.mtimeMs)
}

/** Watches the folder: a lock is renamed as often as it is removed. */
function watchRemoval(path: string): Disposable & { wait(signal: AbortSignal): Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const watcher = watch(dirname(path), (_, name) => {
    if (name === null || name === basename(path)) resolve()
  })
  // The folder itself may be removed: the next look at the file finds that out.
  watcher.on('error', () => resolve())
  return {
    wait(signal) {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
      return promise
    },
    [Symbol.dispose]: () => watcher.close(),
  }
}
