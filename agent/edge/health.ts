// Waits until a container is well: by Docker's events and health where it has a check, else by connecting to its ports.
import { connect } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'
import { verdict } from './verdict.ts'

/** Milliseconds between looks where no event comes: at ports, and at Docker should an event be lost. */
const pace = { port: 100, docker: 1000 }

/** Milliseconds that a container must run where neither a health check nor a port tells that it is well. */
const steady = 2000

/**
 * Resolves with how the container shows that it is well.
 * @throws Error whose message says why it never will be, or was not by the time that the signal aborted.
 */
export async function well(docker: Docker, id: string, ports: number[], signal: AbortSignal): Promise<string> {
  const container = docker.getContainer(id)
  using news = await events(docker, id)
  for (let why = 'it did not start'; ; ) {
    if (signal.aborted) throw new Error(why, { cause: signal.reason })
    const info = await container.inspect()
    const found = verdict(info)
    if (found.is === 'healthy') return 'is healthy'
    if (found.is === 'bad') throw new Error(found.why)
    if (found.is === 'probe' && ports.length === 0) {
      if (Date.now() - Date.parse(info.State.StartedAt) >= steady) return 'runs'
      why = 'it has only just started'
    } else if (found.is === 'probe') {
      const closed = await shut(info, ports, signal)
      if (closed === null) return `answers on port ${ports.join(', ')}`
      why = `port ${closed} does not answer`
    } else why = found.why
    await news.next(found.is === 'probe' ? pace.port : pace.docker, signal)
  }
}

/** What Docker tells of one container; a lost stream only slows the looking down to its pace. */
async function events(docker: Docker, id: string) {
  const stream = await docker.getEvents({ filters: JSON.stringify({ container: [id] }) })
  let heard = Promise.withResolvers<void>()
  stream.on('data', () => heard.resolve())
  stream.on('error', () => {})
  return {
    /** Resolves at the next event since the last call, after `ms`, or when the signal aborts. */
    async next(ms: number, signal: AbortSignal): Promise<void> {
      const round = new AbortController()
      const pause = after(ms, undefined, { signal: AbortSignal.any([round.signal, signal]) })
      await Promise.race([heard.promise, pause.catch(() => {})])
      round.abort()
      heard = Promise.withResolvers()
    },
    [Symbol.dispose]() {
      if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
    },
  }
}

/** The first of the container's ports that nobody listens on, asked at its own address: a published port always answers. */
async function shut(info: ContainerInspectInfo, ports: number[], signal: AbortSignal): Promise<number | null> {
  const own = Object.values(info.NetworkSettings.Networks).find(({ IPAddress }) => IPAddress)?.IPAddress
  for (const port of ports) if (!(await listens(own ?? '127.0.0.1', port, signal))) return port
  return null
}

function listens(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host, port, timeout: 1000, signal })
  socket.once('connect', () => resolve(true))
  socket.once('timeout', () => resolve(false))
  socket.once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
