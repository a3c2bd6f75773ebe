// A visitor who never rests: requests port 80 of a site all the time, each time over a connection of its own.
import { get } from 'node:http'

const pace = 20
const patience = 5_000

export interface Prober extends Disposable {
  /** The versions that answered, in the order of their first answers; `visits` counts all answers. */
  readonly versions: string[]
  readonly visits: number
  /** Requests without an answer, and what they got instead. Times are milliseconds since 1970. */
  readonly failures: readonly { began: number; ended: number; reason: string }[]
  /** Ends when what is under way has been answered. */
  stop(): Promise<void>
}

export function prober(address: string): Prober {
  const versions = new Set<string>()
  const failures: { began: number; ended: number; reason: string }[] = []
  const underWay = new Set<Promise<void>>()
  let visits = 0

  const visit = async () => {
    const began = Date.now()
    try {
      versions.add(await answer(address))
      visits++
    } catch (thrown) {
      failures.push({ began, ended: Date.now(), reason: thrown instanceof Error ? thrown.message : String(thrown) })
    }
  }
  const timer = setInterval(() => {
    const one = visit()
    underWay.add(one)
    void one.then(() => underWay.delete(one))
  }, pace)

  return {
    get versions() {
      return [...versions]
    },
    get visits() {
      return visits
    },
    failures,
    async stop() {
      clearInterval(timer)
      await Promise.all(underWay)
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

/** The version that a site says it runs. */
export function answer(address: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const request = get({ host: address, port: 80, path: '/', agent: false, timeout: patience }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => (text += part))
    response.on('error', reject)
    response.on('end', () => {
      const version = /^version: (.*)$/m.exec(text)?.[1]
      if (response.statusCode === 200 && version) resolve(version)
      else reject(new Error(`${response.statusCode} ${text.trim()}`))
    })
  })
  request.on('timeout', () => request.destroy(new Error(`no answer within ${patience} ms`)))
  request.on('error', reject)
  return promise
}
