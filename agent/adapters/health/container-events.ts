// Follows Docker's events of one container: each is a signal to inspect the container again.
import { setTimeout as after } from 'node:timers/promises'
import type Docker from 'dockerode'

export interface ContainerEvents extends Disposable {
  /** Resolves at the next event since the last call, after `timeoutMs`, or when the signal aborts. */
  waitForNext(timeoutMs: number, signal: AbortSignal): Promise<void>
}

/** Follows the events of a container. A lost event stream is no error: the caller then only waits for the timeout
 * each time. */
export async function watchContainer(docker: Docker, id: string): Promise<ContainerEvents> {
  const stream = await docker.getEvents({ filters: JSON.stringify({ container: [id] }) })
  let nextEvent = Promise.withResolvers<void>()
  stream.on('data', () => nextEvent.resolve())
  stream.on('error', () => {})
  return {
    async waitForNext(timeoutMs, signal) {
      const eventCame = new AbortController()
      const timeout = after(timeoutMs, undefined, { signal: AbortSignal.any([eventCame.signal, signal]) })
      await Promise.race([nextEvent.promise, timeout.catch(() => {})])
      eventCame.abort()
      nextEvent = Promise.withResolvers()
    },
    [Symbol.dispose]() {
      if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
    },
  }
}
