// What files hold, as hashes. What has not changed since it was read is not read again.
import { hash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { open } from 'node:fs/promises'

/** Milliseconds that a change must be past for its time to tell it from the next one: what is written by way of memory
 * (mmap) counts as changed when the kernel writes it to the disk, half a minute later at most. */
const settledMs = 60_000

/** Files that are remembered; then all are forgotten. */
const maxEntries = 20_000

export class FileHashes {
  readonly #known = new Map<string, string>()

  /** @param stats of the file, taken before. */
  async hashFile(path: string, stats: BigIntStats): Promise<string> {
    const key = `${stats.dev} ${changeStamp(stats)}`
    const known = this.#known.get(key)
    if (known) return known
    await using file = await open(path)
    const content = hash('sha256', await file.readFile())
    // By now the path may lead to another file than the one that was looked at.
    const read = await file.stat({ bigint: true })
    const same = read.dev === stats.dev && changeStamp(read) === changeStamp(stats)
    if (this.#known.size >= maxEntries) this.#known.clear()
    if (same && Number(stats.ctimeMs) < Date.now() - settledMs) this.#known.set(key, content)
    return content
  }
}

/** Another one whenever a file was written to, renamed or replaced. */
export function changeStamp({ ino, size, ctimeNs }: BigIntStats): string {
  return [ino, size, ctimeNs].join()
}
