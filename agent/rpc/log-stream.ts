// Sends a deploy's log to a follower: from a line on, at the follower's pace, until the deploy has ended.
import type { EventEmitter } from 'node:events'
import { open } from 'node:fs/promises'
import { Failure } from '../protocol/failure.ts'
import type { Deploy, RpcNotifications } from '../protocol/messages.ts'
import type { FollowerThrottle } from './follower-throttle.ts'

export interface LogStreamDeps {
  /** Reads the deploy from the store again. */
  findDeploy(): Deploy | null
  /** Emits the path of a log when the log has grown or its deploy has ended. */
  logEvents: EventEmitter
  throttle: FollowerThrottle
  send(lines: RpcNotifications['lines']): Promise<void>
  /** Aborts when the follower or the agent goes away. */
  gone: AbortSignal
}

/** Bytes of the log in one notification. */
const chunkBytes = 64 * 1024

/** @throws Failure log_gone; `stopping` if the log was not sent to its end. */
export async function streamLog(deploy: Deploy, firstLine: number, deps: LogStreamDeps): Promise<void> {
  const { findDeploy, logEvents, throttle, send, gone } = deps
  await using file = await open(deploy.log).catch((thrown: unknown) => {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')
      throw Failure.of('log_gone', { deploy: deploy.id })
    throw thrown
  })
  let buffer = Buffer.allocUnsafeSlow(chunkBytes)
  let keptBytes = 0
  let lineNumber = 1

  /** Sends the whole lines of the buffer, and keeps the beginning of the next one. */
  async function sendLines(filledBytes: number): Promise<void> {
    const end = buffer.lastIndexOf(10, filledBytes - 1) + 1
    const lines = end > 0 ? buffer.toString('utf8', 0, end - 1).split('\n') : []
    buffer.copyWithin(0, end, filledBytes)
    keptBytes = filledBytes - end
    if (keptBytes === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafeSlow(keptBytes)])
    const wanted = lines.slice(Math.max(0, firstLine - lineNumber))
    const from = lineNumber + lines.length - wanted.length
    lineNumber += lines.length
    if (wanted.length > 0) await send({ deploy: deploy.id, from, lines: wanted })
  }

  while (!gone.aborted) {
    // Ask before reading: the log is complete once its deploy has ended.
    const hasEnded = findDeploy()?.ended !== null
    using growth = waitForGrowth(logEvents, deploy.log, gone)
    const { bytesRead } = await file.read(buffer, keptBytes, buffer.length - keptBytes)
    if (bytesRead > 0) await throttle.run(() => sendLines(keptBytes + bytesRead), hasEnded)
    else if (hasEnded) return
    else await growth.promise
  }
  // Refuse instead of answering with the outcome: the follower asks the next agent for the missing lines.
  throw Failure.of('stopping', {})
}

/** Resolves when the log has grown, its deploy has ended, or the follower is gone. */
function waitForGrowth(
  logEvents: EventEmitter,
  path: string,
  gone: AbortSignal,
): { promise: Promise<void> } & Disposable {
  const { promise, resolve } = Promise.withResolvers<void>()
  const onGrowth = () => resolve()
  logEvents.once(path, onGrowth)
  gone.addEventListener('abort', onGrowth)
  return {
    promise,
    [Symbol.dispose]() {
      logEvents.off(path, onGrowth)
      gone.removeEventListener('abort', onGrowth)
    },
  }
}
