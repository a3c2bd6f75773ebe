// Build logs as files: what a name promises, and lines that are on the disk when the log is closed.
import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { DeployLog, DeployLogs } from '../../interfaces/deploy-log.ts'
import { clockText, formatLogLine } from '../../protocol/log-line.ts'

/** Bytes that may wait for a disk that pauses; then what prints them waits. */
const bufferBytes = 1024 * 1024

/** @param grew hears the path of a log that has new lines. */
export function createFileLogs(folder: string, grew: (path: string) => void): DeployLogs {
  return {
    async name(revision, user, at) {
      const name = `${day(at)} ${clockText(at)} ${revision} ${user.replaceAll('/', '_')}`
      for (let copy = 1; ; copy++) {
        const path = join(folder, copy === 1 ? name : `${name} (${copy})`)
        if (!existsSync(path)) return path
      }
    },
    async open(path, head) {
      const file = await open(path, 'a', 0o640).catch((thrown: unknown) => ({ broken: thrown }))
      if ('broken' in file) return unwritten(path, file.broken)
      const opened = log(path, file, grew)
      if ((await file.stat()).size === 0) await opened.write({ kind: 'head', text: head }).catch(() => {})
      return opened
    },
  }
}

function log(path: string, file: FileHandle, grew: (path: string) => void): DeployLog {
  const stream = createWriteStream(path, { fd: file, flush: true, highWaterMark: bufferBytes })
  const closed = finished(stream)
  closed.catch(() => {})
  let lines = ''
  let batch: Batch | null = null

  /** Collects the lines of one turn of the event loop for one write and one announcement. */
  function gather(): Batch {
    const { promise: written, resolve, reject } = Promise.withResolvers<void>()
    written.catch(() => {})
    const room = Promise.resolve().then(async () => {
      const all = lines
      lines = ''
      batch = null
      const more = stream.write(all, (thrown) => {
        if (thrown) return reject(thrown)
        grew(path)
        resolve()
      })
      if (!more) await Promise.race([once(stream, 'drain'), closed])
    })
    return { room, written }
  }

  return {
    path,
    async write(line) {
      if (stream.errored) throw stream.errored
      lines += `${formatLogLine(line, new Date())}\n`
      batch ??= gather()
      const { room, written } = batch
      await room
      if (line.kind === 'output') return
      await Promise.race([written, closed])
      // A log line is on the disk before the store records the same. The headline and the begin of a step come after the store.
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

/** A log that cannot be: who writes to it learns why. */
function unwritten(path: string, why: unknown): DeployLog {
  return { path, write: () => Promise.reject(why), close: () => Promise.reject(why) }
}

function day(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}
