// Opens an event stream to Docker, which ends when the engine goes away, even if only for a moment.
import { setTimeout as after } from 'node:timers/promises'
import type Docker from 'dockerode'
import type { EngineConnection } from '../../interfaces/engine/engine-connector.ts'

/** Milliseconds between two attempts to reach the engine. */
const retryDelayMs = 250

/** Milliseconds that the engine may take to answer. */
const answerTimeoutMs = 2_000

/** Waits until the engine answers; rejects with the signal's reason when the signal aborts before. */
export async function connectEngine(docker: Docker, signal: AbortSignal): Promise<EngineConnection> {
  for (;;) {
    if (signal.aborted) throw signal.reason
    try {
      return watchStream(docker, await openEventStream(docker))
    } catch {
      await after(retryDelayMs, undefined, { signal }).catch(() => {})
    }
  }
}

function watchStream(docker: Docker, stream: NodeJS.ReadableStream): EngineConnection {
  let ended = false
  const end = () => {
    ended = true
  }
  stream
    .on('data', () => {})
    .on('end', end)
    .on('error', end)
    .on('close', end)
  return {
    get ended() {
      return ended
    },
    // Look again after the answer: a restarted engine may have given it, and then the stream has ended meanwhile.
    isLost: async () => ended || !(await answers(docker)) || ended,
    [Symbol.dispose]() {
      if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
    },
  }
}

/** Opens a stream of events of the type `none`, which no event has: it stays silent until the engine goes away. */
function openEventStream(docker: Docker): Promise<NodeJS.ReadableStream> {
  return Promise.race([docker.getEvents({ filters: '{"type":["none"]}' }), rejectWhenLate()])
}

async function answers(docker: Docker): Promise<boolean> {
  return Promise.race([docker.ping(), rejectWhenLate()]).then(
    () => true,
    () => false,
  )
}

async function rejectWhenLate(): Promise<never> {
  await after(answerTimeoutMs, undefined, { ref: false })
  throw new Error(`no answer in ${answerTimeoutMs} ms`)
}
