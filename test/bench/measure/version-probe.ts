// Visits that overlap: one begins every few milliseconds on a connection of its own and waits only briefly, so that one
// that meets a container being removed, and hangs for a second, delays no other. Says when a version first answered.
import { get } from 'node:http'
import { now } from './turns.ts'

const pace = 7
const patience = 500
const longest = 120_000

export interface Probes extends Disposable {
  /** When a visit that began after `since` was first answered by a version. */
  answered(version: string, since: number): Promise<number>
}

interface Wanted {
  version: string
  since: number
  found(at: number): void
}

export function probes(address: string): Probes {
  const wanted = new Set<Wanted>()
  let last = 'nothing yet'

  const visit = () => {
    const began = now()
    const request = get({ host: address, port: 80, path: '/version', agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('error', failed)
      response.on('end', () => {
        clearTimeout(timer)
        last = text.trim()
        const version = /^version: (.*)$/m.exec(text)?.[1]
        for (const one of wanted) if (one.version === version && began >= one.since) one.found(now())
      })
    })
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${patience} ms`)), patience)
    request.on('error', failed)

    function failed(error: Error) {
      clearTimeout(timer)
      last = error.message
    }
  }
  const timer = setInterval(visit, pace)

  return {
    answered(version, since) {
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      const one: Wanted = { version, since, found: resolve }
      const giveUp = () => reject(new Error(`${version} does not answer within ${longest} ms; the last visit: ${last}`))
      const limit = setTimeout(giveUp, longest)
      wanted.add(one)
      return promise.finally(() => {
        clearTimeout(limit)
        wanted.delete(one)
      })
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
