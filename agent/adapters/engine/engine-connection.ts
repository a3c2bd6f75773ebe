// Does the engine stay while a step runs? An open event stream tells when it went away, if only for a moment.
import { setTimeout as after } from 'node:timers/promises'
import type Docker from 'dockerode'
import type { EngineConnection } from '../../interfaces/engine/engine-connector.ts'

/** Milliseconds between two looks for an engine that is away, and how long one may take to answer. */
const retryDelayMs = 250
const answerTimeoutMs = 2_000

/** Waits until the engine answers; rejects with the signal's reason when it did not by then. */
export async function connectEngine(docker: Docker, signal: AbortSignal): Promise<EngineConnection> {
  for (;;) {
    if (signal.aborted) throw signal.reason
    try {
      const stream = await Promise.race([docker.getEvents({ filters: '{"type":["none"]}' }), late()])
      let ended = false
      const drop = () => {
        ended = true
      }
      stream
        .on('data', () => {})
        .on('end', drop)
        .on('error', drop)
        .on('close', drop)
      return {
        get ended() {
          return ended
        },
        // Who answers may be the next engine already: then the stream has ended meanwhile.
        isLost: async () => ended || !(await answers(docker)) || ended,
        [Symbol.dispose]() {
          if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
        },
      }
    } catch {
      await after(retryDelayMs, undefined, { signal }).catch(() => {})
    }
  }
}

async function answers(docker: Docker): Promise<boolean> {
  return Promise.race([docker.ping(), late()]).then(
    () => true,
    () => false,
  )
}

async function late(): Promise<never> {
  await after(answerTimeoutMs, undefined, { ref: false })
  throw new Error(`no answer in ${answerTimeoutMs} ms`)
}
