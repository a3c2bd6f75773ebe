// Asks port 80 for its version every few milliseconds and reports when a version first answers. Each request has a
// connection and a short timeout of its own: a request that hangs because its container was just removed delays no
// other request.
import { get } from 'node:http'

const requestIntervalMs = 7
const requestTimeoutMs = 500
const versionTimeoutMs = 120_000

export interface VersionProbe extends Disposable {
  /** Resolves with the time of the first answer of a version to a request that began after `since` (ms since 1970). */
  waitForVersion(version: string, since: number): Promise<number>
}

interface Waiter {
  version: string
  since: number
  resolve(answeredAt: number): void
}

export function startVersionProbe(address: string): VersionProbe {
  const waiters = new Set<Waiter>()
  let lastResult = 'nothing yet'

  const sendRequest = () => {
    // The test VMs have the same clock, so that their times can be compared with this one.
    const began = Date.now()
    const request = get({ host: address, port: 80, path: '/version', agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('error', onError)
      response.on('end', () => {
        clearTimeout(timer)
        lastResult = text.trim()
        const version = /^version: (.*)$/m.exec(text)?.[1]
        for (const waiter of waiters)
          if (waiter.version === version && began >= waiter.since) waiter.resolve(Date.now())
      })
    })
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer within ${requestTimeoutMs} ms`)),
      requestTimeoutMs,
    )
    request.on('error', onError)

    function onError(error: Error) {
      clearTimeout(timer)
      lastResult = error.message
    }
  }
  const interval = setInterval(sendRequest, requestIntervalMs)

  return {
    waitForVersion(version, since) {
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      const waiter: Waiter = { version, since, resolve }
      const giveUp = () =>
        reject(new Error(`${version} does not answer within ${versionTimeoutMs} ms; the last request: ${lastResult}`))
      const timer = setTimeout(giveUp, versionTimeoutMs)
      waiters.add(waiter)
      return promise.finally(() => {
        clearTimeout(timer)
        waiters.delete(waiter)
      })
    },
    [Symbol.dispose]: () => clearInterval(interval),
  }
}
