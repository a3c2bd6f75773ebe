// Sends a deploy's log file to a follower, from a given line on, as fast as it reads, until the deploy has ended.
import type { EventEmitter } from 'node:events'
import { open } from 'node:fs/promises'
import { Failure } from '../protocol/failure.ts'
import type { Deploy, RpcNotifications } from '../protocol/messages.ts'
import type { FollowerThrottle } from './follower-throttle.ts'

/** Bytes of the log in one notification. */
const chunkBytes = 64 * 1024

/**
 * @param find reads the deploy from the store.
 * @param news emits the log's path when it has grown, and when the deploy has ended.
 * @param turns limits the time of all followers.
 * @throws Failure `stopping` if the agent stops or the follower goes away before the end of the log.
 */
export async function streamLog(
  deploy: Deploy,
  from: number,
  {
    find,
    news,
    turns,
    send,
    gone,
  }: {
    find: () => Deploy | null
    news: EventEmitter
    turns: FollowerThrottle
    send: (lines: RpcNotifications['lines']) => Promise<void>
    gone: AbortSignal
  },
): Promise<void> {
  await using file = await open(deploy.log).catch((thrown: unknown) => {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')
      throw Failure.of('log_gone', { deploy: deploy.id })
    throw thrown
  })
  let buffer = Buffer.allocUnsafeSlow(chunkBytes)
  let kept = 0
  let number = 1

  /** Sends the whole lines in the buffer, and keeps the begin of the next line. */
  async function pass(size: number): Promise<void> {
    const end = buffer.lastIndexOf(10, size - 1) + 1
    const lines = end > 0 ? buffer.toString('utf8', 0, end - 1).split('\n') : []
    buffer.copyWithin(0, end, size)
    kept = size - end
    if (kept === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafeSlow(kept)])
    const wanted = lines.slice(Math.max(0, from - number))
    const first = number + lines.length - wanted.length
    number += lines.length
    if (wanted.length > 0) await send({ deploy: deploy.id, from: first, lines: wanted })
  }

  while (!gone.aborted) {
    // Read the state before the log: the log is complete only if the deploy had ended before.
    const ended = find()?.ended !== null
    using grown = growth(news, deploy.log, gone)
    const { bytesRead } = await file.read(buffer, kept, buffer.length - kept)
    if (bytesRead > 0) await turns.run(() => pass(kept + bytesRead), ended)
    else if (ended) return
    else await grown.promise
  }
  // Give no outcome before the last line: the client would stop instead of following the next agent.
  throw Failure.of('stopping', {})
}

/** Resolves when the log grows or its deploy ends, or when the follower goes away. */
function growth(news: EventEmitter, path: string, gone: AbortSignal): { promise: Promise<void> } & Disposable {
  const { promise, resolve } = Promise.withResolvers<void>()
  const heard = () => resolve()
  news.once(path, heard)
  gone.addEventListener('abort', heard)
  return {
    promise,
    [Symbol.dispose]() {
      news.off(path, heard)
      gone.removeEventListener('abort', heard)
    },
  }
}
