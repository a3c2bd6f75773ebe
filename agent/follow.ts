// Serves a follower from the deploy's log file: from a line on, at the follower's pace, until the deploy has ended.
import type { EventEmitter } from 'node:events'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { Failure } from './failure.ts'
import type { Deploy, Notices } from './protocol.ts'

/** Bytes of the log in one notice. */
const portion = 64 * 1024

/**
 * @param find the deploy as it is recorded now.
 * @param news emits the log's path when it has grown, and when the deploy has ended.
 * @throws Failure `stopping` when it was cut short.
 */
export async function follow(
  deploy: Deploy,
  from: number,
  {
    find,
    news,
    send,
    gone,
  }: {
    find: () => Deploy | null
    news: EventEmitter
    send: (lines: Notices['lines']) => Promise<void>
    gone: AbortSignal
  },
): Promise<void> {
  await using file = await open(deploy.log).catch((thrown: unknown) => {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')
      throw Failure.of('log_gone', { deploy: deploy.id })
    throw thrown
  })
  const buffer = Buffer.alloc(portion)
  let rest = Buffer.alloc(0)
  let number = 1
  while (!gone.aborted) {
    // Asked before reading: a log is complete once its deploy has ended.
    const ended = find()?.ended !== null
    using grown = signal(news, deploy.log, gone)
    for (let size = 1; size > 0 && !gone.aborted; ) {
      size = (await file.read(buffer, 0, portion)).bytesRead
      const bytes = Buffer.concat([rest, buffer.subarray(0, size)])
      const end = bytes.lastIndexOf(10) + 1
      rest = bytes.subarray(end)
      const lines = end > 0 ? bytes.toString('utf8', 0, end - 1).split('\n') : []
      const wanted = lines.slice(Math.max(0, from - number))
      const first = number + lines.length - wanted.length
      number += lines.length
      if (wanted.length > 0) await send({ deploy: deploy.id, from: first, lines: wanted })
    }
    if (ended && !gone.aborted) return
    await grown.promise
  }
  // Not all of it was sent: the outcome would end a following that the next agent goes on with.
  throw Failure.of('stopping', {})
}

function signal(news: EventEmitter, path: string, gone: AbortSignal): { promise: Promise<void> } & Disposable {
  const over = new AbortController()
  const promise = once(news, path, { signal: AbortSignal.any([over.signal, gone]) }).then(
    () => {},
    () => {},
  )
  return { promise, [Symbol.dispose]: () => over.abort() }
}
