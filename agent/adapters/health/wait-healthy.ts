// Waits until a container is ready, and until Docker finds it well: by Docker's events, and by asking it.
import { setTimeout as after } from 'node:timers/promises'
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'
import { judgeHealth } from './health-verdict.ts'
import { checkEndpoint, containerAddress, type Endpoint, findHealthCheckRequest } from './readiness-check.ts'

/** Milliseconds between looks where no event comes: at the container, at first and later, and at Docker. */
const delayMs = { first: 20, later: 100, docker: 1000 }

/** Milliseconds for which a container is looked at often. */
const eagerMs = 3_000

/** Milliseconds that a container must run where neither a health check nor a port tells that it is well. */
const steadyMs = 2000

export interface ReadinessTarget {
  /** The container's ports that answer when it is ready. */
  ports: number[]
  /** The path that the configuration names, if any. */
  path: string | null
}

/** What a look found: done, with how it shows; or why not, and how long to wait without an event. */
type Found = { done: string } | { why: string; pace: number }

/**
 * Resolves, with a sentence's end on how it shows, as soon as the container answers: a request like that of its health
 * check, or else its ports and, where it has a check, Docker's word.
 * @throws Error whose message says why it never will, or did not by the time that the signal aborted.
 */
export function waitUntilReady(
  docker: Docker,
  id: string,
  asked: ReadinessTarget,
  signal: AbortSignal,
): Promise<string> {
  return until(docker, id, signal, async (info, often) => {
    const found = judgeHealth(info)
    if (found.is === 'bad') throw new Error(found.why)
    if (info.State.Status !== 'running') return { why: 'it did not start', pace: often }
    const own = asked.path === null ? findHealthCheckRequest(info) : { port: asked.ports[0] ?? 80, path: asked.path }
    const host = containerAddress(info)?.ip
    if (own && host) {
      const why = await checkEndpoint({ host, ...own }, signal)
      if (why === null) return { done: `answers ${own.path}` }
      if (asked.path !== null || found.is !== 'healthy') return { why, pace: often }
    }
    return found.is === 'wait' ? { why: found.why, pace: delayMs.docker } : answering(info, asked.ports, often, signal)
  })
}

/**
 * Resolves with how the container shows that it is well: by its health check, else by its ports.
 * @throws Error whose message says why it never will be, or was not by the time that the signal aborted.
 */
export function waitUntilHealthy(docker: Docker, id: string, ports: number[], signal: AbortSignal): Promise<string> {
  return until(docker, id, signal, async (info, often) => {
    const found = judgeHealth(info)
    if (found.is === 'bad') throw new Error(found.why)
    if (found.is === 'healthy') return { done: 'is healthy' }
    return found.is === 'wait' ? { why: found.why, pace: delayMs.docker } : answering(info, ports, often, signal)
  })
}

async function answering(
  info: ContainerInspectInfo,
  ports: number[],
  often: number,
  signal: AbortSignal,
): Promise<Found> {
  if (ports.length === 0) {
    const started = Date.parse(info.State.StartedAt)
    return Date.now() - started >= steadyMs
      ? { done: 'runs' }
      : { why: 'it has only just started', pace: delayMs.later }
  }
  const host = containerAddress(info)?.ip ?? '127.0.0.1'
  const places = ports.map((port): Endpoint => ({ host, port, path: null }))
  const silences = await Promise.all(places.map((place) => checkEndpoint(place, signal)))
  const why = silences.find((one) => one !== null)
  return why ? { why, pace: often } : { done: `answers on port ${ports.join(', ')}` }
}

async function until(
  docker: Docker,
  id: string,
  signal: AbortSignal,
  look: (info: ContainerInspectInfo, often: number) => Promise<Found>,
): Promise<string> {
  const container = docker.getContainer(id)
  // Who is well already need not be listened to.
  const first = signal.aborted ? null : await look(await container.inspect(), delayMs.first)
  if (first && 'done' in first) return first.done
  using news = await events(docker, id)
  const began = performance.now()
  for (let why = first?.why ?? null; ; ) {
    if (signal.aborted) throw new Error(why ?? 'it did not start', { cause: signal.reason })
    const found = await look(
      await container.inspect(),
      performance.now() - began < eagerMs ? delayMs.first : delayMs.later,
    )
    if ('done' in found) return found.done
    // A look that the signal cut short saw less than the one before it.
    if (why === null || !signal.aborted) why = found.why
    await news.next(found.pace, signal)
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
