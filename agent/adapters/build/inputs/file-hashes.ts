// Hashes the contents of files. A file that has not changed since it was hashed is not read again.
import { hash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { open } from 'node:fs/promises'

/**
 * A hash is kept only if the file's last change is this long ago, since a later change may get the same time: the
 * kernel records a write through mmap when it writes the page to the disk, up to 30 s after the write.
 */
const minAgeMs = 60_000

/** With this many entries the whole cache is cleared. */
const maxEntries = 20_000

export class FileHashes {
  readonly #hashes = new Map<string, string>()

  /** @param stats of the file, read before this call. */
  async hashFile(path: string, stats: BigIntStats): Promise<string> {
    const key = `${stats.dev} ${changeStamp(stats)}`
    const cached = this.#hashes.get(key)
    if (cached) return cached
    await using file = await open(path)
    const content = hash('sha256', await file.readFile())
    // The path may name another file by now: cache the hash only if the read file is the one of `stats`.
    const readStats = await file.stat({ bigint: true })
    const isSameFile = readStats.dev === stats.dev && changeStamp(readStats) === changeStamp(stats)
    if (this.#hashes.size >= maxEntries) this.#hashes.clear()
    if (isSameFile && Number(stats.ctimeMs) < Date.now() - minAgeMs) this.#hashes.set(key, content)
    return content
  }
}

/** Changes whenever a file is written, renamed or replaced. */
export function changeStamp({ ino, size, ctimeNs }: BigIntStats): string {
  return [ino, size, ctimeNs].join()
}
