// Build logs as files: what a name promises, and lines that are on the disk when the log is closed.
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildLog, BuildLogs } from '../build-log.ts'
import { clock, format } from '../log-line.ts'

/** @param grew hears the path of a log that has new lines. */
export function logFiles(folder: string, grew: (path: string) => void): BuildLogs {
  return {
    async create(revision, user, at) {
      const name = `${day(at)} ${clock(at)} ${revision} ${user.replaceAll('/', '_')}`
      for (let copy = 1; ; copy++) {
        const path = join(folder, copy === 1 ? name : `${name} (${copy})`)
        const file = await open(path, 'ax', 0o640).catch((thrown: unknown) => {
          if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return null
          throw thrown
        })
        if (file) return log(path, file, grew)
      }
    },
    reopen: async (path) => log(path, await open(path, 'a', 0o640), grew),
  }
}

function log(path: string, file: FileHandle, grew: (path: string) => void): BuildLog {
  const stream: WriteStream = createWriteStream(path, { fd: file, autoClose: false, highWaterMark: 256 * 1024 })
  let trouble: Error | null = null
  stream.on('error', (error) => {
    trouble = error
  })
  return {
    path,
    async write(line) {
      if (trouble) throw trouble
      const room = stream.write(`${format(line, new Date())}\n`, () => grew(path))
      if (!room) await once(stream, 'drain')
    },
    async close() {
      stream.end()
      if (!stream.writableFinished && !trouble) await once(stream, 'finish')
      await file.sync()
      await file.close()
      if (trouble) throw trouble
    },
  }
}

function day(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}
