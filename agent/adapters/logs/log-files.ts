// Writes the logs of deploys to files.
import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { DeployLog, DeployLogs } from '../../interfaces/deploy-log.ts'
import { clockText, formatLogLine } from '../../protocol/log-line.ts'

/** Bytes that are buffered for a slow disk before a writer has to wait. */
const bufferBytes = 1024 * 1024

/** @param onGrowth called with the path of a log that has new lines. */
export function createFileLogs(folder: string, onGrowth: (path: string) => void): DeployLogs {
  return {
    async choosePath(revision, user, at) {
      const name = `${dayText(at)} ${clockText(at)} ${revision} ${user.replaceAll('/', '_')}`
      for (let copy = 1; ; copy++) {
        const path = join(folder, copy === 1 ? name : `${name} (${copy})`)
        if (!existsSync(path)) return path
      }
    },
    async open(path, headline) {
      const file = await open(path, 'a', 0o640).catch((thrown: unknown) => ({ broken: thrown }))
      if ('broken' in file) return createBrokenLog(path, file.broken)
      const log = createLog(path, file, onGrowth)
      if ((await file.stat()).size === 0) await log.write({ kind: 'head', text: headline }).catch(() => {})
      return log
    },
  }
}

function createLog(path: string, file: FileHandle, onGrowth: (path: string) => void): DeployLog {
  const stream = createWriteStream(path, { fd: file, flush: true, highWaterMark: bufferBytes })
  const closed = finished(stream)
  closed.catch(() => {})
  let lines = ''
  let batch: Batch | null = null

  /** Collects the lines of one turn of the event loop for one write and one announcement. */
  function startBatch(): Batch {
    const { promise: written, resolve, reject } = Promise.withResolvers<void>()
    written.catch(() => {})
    const room = Promise.resolve().then(async () => {
      const text = lines
      lines = ''
      batch = null
      const hasRoom = stream.write(text, (thrown) => {
        if (thrown) return reject(thrown)
        onGrowth(path)
        resolve()
      })
      if (!hasRoom) await Promise.race([once(stream, 'drain'), closed])
    })
    return { room, written }
  }

  return {
    path,
    async write(line) {
      if (stream.errored) throw stream.errored
      lines += `${formatLogLine(line, new Date())}\n`
      batch ??= startBatch()
      const { room, written } = batch
      await room
      if (line.kind === 'output') return
      await Promise.race([written, closed])
      // Wait for the disk: a line must be there before the store records the same event. The store records the headline
      // and the beginning of a step before the log does, so that these need no wait.
      if (line.kind !== 'head' && line.kind !== 'began') await file.datasync()
    },
    async close() {
      await batch?.room
      stream.end()
      return closed
    },
  }
}

interface Batch {
  /** Resolves when there is room for more. */
  room: Promise<void>
  written: Promise<void>
}

/** Creates a log whose file could not be opened: every write fails with the reason. */
function createBrokenLog(path: string, reason: unknown): DeployLog {
  return { path, write: () => Promise.reject(reason), close: () => Promise.reject(reason) }
}

/** Writes a day as `2026-11-22`, in local time. */
function dayText(at: Date): string {
  const twoDigits = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${twoDigits(at.getMonth() + 1)}-${twoDigits(at.getDate())}`
}
