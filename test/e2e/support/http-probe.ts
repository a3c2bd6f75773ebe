// Requests a site every 20 ms, each time over a new connection and without waiting for earlier answers.
import { EventEmitter, on, once } from 'node:events'
import { get } from 'node:http'

const requestIntervalMs = 20
const defaultTimeoutMs = 5_000

export interface HttpProbe extends Disposable {
  /** Versions in the order of their first answers. */
  readonly versions: string[]
  readonly answerCount: number
  /** Duration of the slowest answered request. */
  readonly longestMs: number
  readonly failures: readonly ProbeFailure[]
  /** Resolves when `count` more requests have begun. */
  waitForRequests(count: number): Promise<void>
  /** Resolves with the version that answers a request which begins after the call. */
  nextVersion(timeoutMs: number): Promise<string>
  /** Resolves when all requests that have begun are answered or have failed. */
  stop(): Promise<void>
}

/** A request without an answer. Times are milliseconds since 1970. */
export interface ProbeFailure {
  began: number
  ended: number
  reason: string
}

export interface ProbeTarget {
  host: string
  port?: number
  /** Milliseconds until a request counts as failed. */
  timeoutMs?: number
}

export function startHttpProbe(target: ProbeTarget): HttpProbe {
  const versions = new Set<string>()
  const failures: ProbeFailure[] = []
  const openRequests = new Set<Promise<void>>()
  const events = new EventEmitter()
  let requestCount = 0
  let answerCount = 0
  let longestMs = 0

  const request = async (number: number) => {
    const began = Date.now()
    try {
      const version = await fetchVersion(target)
      versions.add(version)
      answerCount++
      longestMs = Math.max(longestMs, Date.now() - began)
      events.emit('answer', version, number)
    } catch (thrown) {
      failures.push({ began, ended: Date.now(), reason: thrown instanceof Error ? thrown.message : String(thrown) })
    }
  }
  const timer = setInterval(() => {
    events.emit(String(++requestCount))
    const answer = request(requestCount)
    openRequests.add(answer)
    void answer.then(() => openRequests.delete(answer))
  }, requestIntervalMs)

  return {
    get versions() {
      return [...versions]
    },
    get answerCount() {
      return answerCount
    },
    get longestMs() {
      return longestMs
    },
    failures,
    async waitForRequests(count) {
      await once(events, String(requestCount + count))
    },
    async nextVersion(timeoutMs) {
      const earlier = requestCount
      for await (const [version, number] of on(events, 'answer', { signal: AbortSignal.timeout(timeoutMs) }))
        if (number > earlier) return version
      throw new Error('the probe has ended')
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(openRequests)
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

/** Resolves with the version that a site prints on its page. */
export function fetchVersion({ host, port = 80, timeoutMs = defaultTimeoutMs }: ProbeTarget): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const request = get({ host, port, path: '/', agent: false, timeout: timeoutMs }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => (text += part))
    response.on('error', reject)
    response.on('end', () => {
      const version = /^version: (.*)$/m.exec(text)?.[1]
      if (response.statusCode === 200 && version) resolve(version)
      else reject(new Error(`${response.statusCode} ${text.trim()}`))
    })
  })
  request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)))
  request.on('error', reject)
  return promise
}
