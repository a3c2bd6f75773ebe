// A visitor who never rests: requests a site all the time, each time over a connection of its own, and does not wait
// for one request's answer with the next.
import { EventEmitter, on, once } from 'node:events'
import { get } from 'node:http'

const requestIntervalMs = 20
const defaultTimeoutMs = 5_000

export interface HttpProbe extends Disposable {
  /** The versions that answered, in the order of their first answers; `answerCount` counts all answers. */
  readonly versions: string[]
  readonly answerCount: number
  /** Milliseconds that the slowest of them took. */
  readonly longestMs: number
  /** Requests without an answer, and what they got instead. Times are milliseconds since 1970. */
  readonly failures: readonly { began: number; ended: number; reason: string }[]
  /** Resolves when so many more visits have begun. */
  waitForRequests(more: number): Promise<void>
  /** The version that answers a visit which begins from now on; rejects where none does within so many milliseconds. */
  nextVersion(within: number): Promise<string>
  /** Ends when what is under way has been answered. */
  stop(): Promise<void>
}

export interface ProbeTarget {
  host: string
  port?: number
  /** Milliseconds until a request counts as one without an answer. */
  timeoutMs?: number
}

export function startHttpProbe(place: ProbeTarget): HttpProbe {
  const versions = new Set<string>()
  const failures: { began: number; ended: number; reason: string }[] = []
  const underWay = new Set<Promise<void>>()
  const news = new EventEmitter()
  let made = 0
  let visits = 0
  let longest = 0

  const visit = async (number: number) => {
    const began = Date.now()
    try {
      const version = await fetchVersion(place)
      versions.add(version)
      visits++
      longest = Math.max(longest, Date.now() - began)
      news.emit('answer', version, number)
    } catch (thrown) {
      failures.push({ began, ended: Date.now(), reason: thrown instanceof Error ? thrown.message : String(thrown) })
    }
  }
  const timer = setInterval(() => {
    news.emit(String(++made))
    const one = visit(made)
    underWay.add(one)
    void one.then(() => underWay.delete(one))
  }, requestIntervalMs)

  return {
    get versions() {
      return [...versions]
    },
    get answerCount() {
      return visits
    },
    get longestMs() {
      return longest
    },
    failures,
    async waitForRequests(more) {
      await once(news, String(made + more))
    },
    async nextVersion(within) {
      const before = made
      for await (const [version, number] of on(news, 'answer', { signal: AbortSignal.timeout(within) }))
        if (number > before) return version
      throw new Error('the visits have ended')
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(underWay)
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

/** The version that a site says it runs. */
export function fetchVersion({ host, port = 80, timeoutMs: timeout = defaultTimeoutMs }: ProbeTarget): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const request = get({ host, port, path: '/', agent: false, timeout }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => (text += part))
    response.on('error', reject)
    response.on('end', () => {
      const version = /^version: (.*)$/m.exec(text)?.[1]
      if (response.statusCode === 200 && version) resolve(version)
      else reject(new Error(`${response.statusCode} ${text.trim()}`))
    })
  })
  request.on('timeout', () => request.destroy(new Error(`no answer within ${timeout} ms`)))
  request.on('error', reject)
  return promise
}
