// Sends requests for a page that takes 3 seconds, so that a response is in flight whenever the swap comes.
import { get } from 'node:http'

const answerTimeoutMs = 15_000

/** Sends one request after the other until a push ends; returns the failures of responses that had begun. */
export async function sendSlowRequests(address: string, push: Promise<void>): Promise<string[]> {
  let hasPushEnded = false
  const end = () => {
    hasPushEnded = true
  }
  push.then(end, end)
  while (!hasPushEnded) {
    const { wasConnected, failure } = await sendSlowRequest(address)
    // The load generator counts refused connections.
    if (failure !== null) return wasConnected ? [failure] : []
  }
  return []
}

interface SlowResult {
  wasConnected: boolean
  failure: string | null
}

function sendSlowRequest(address: string): Promise<SlowResult> {
  const { promise, resolve } = Promise.withResolvers<SlowResult>()
  let wasConnected = false
  const end = (failure: string | null) => resolve({ wasConnected, failure })
  const options = { host: address, port: 80, path: '/slow', agent: false, timeout: answerTimeoutMs } as const
  const request = get(options, (response) => {
    response.on('error', ({ message }) => end(message)).resume()
    response.on('end', () => end(response.statusCode === 200 ? null : `${response.statusCode}`))
  })
  request.on('socket', (socket) => {
    socket.on('connect', () => {
      wasConnected = true
    })
  })
  request.on('timeout', () => request.destroy(new Error(`no answer within ${answerTimeoutMs / 1000} s`)))
  request.on('error', ({ message }) => end(message))
  return promise
}
