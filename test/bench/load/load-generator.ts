// Generates load: node load-generator.ts URL. Sends requests at a constant rate, whether earlier ones were answered or
// not. It is a process of its own, so that the rest of the bench delays no request. It sends the message 'under way',
// ends by a message of its parent, and then sends its LoadRecords.
import { Agent } from 'node:http'
import { type LoadTestOptions, loadTest } from 'loadtest'
import { type LoadRecords, type RequestKind, requestKinds } from './load-request.ts'

const requestTimeoutMs = 15_000
/** The load ends by itself after this time, if the parent does not end it. */
const maxLoadSeconds = 900

const records: LoadRecords = { newConnection: [], keptAlive: [] }
let isEnding = false

const [url = ''] = process.argv.slice(2)
process.once('message', () => {
  isEnding = true
})
process.send?.('under way')
await Promise.all(requestKinds.map((kind) => generateLoad(url, kind)))
process.send?.(records, undefined, undefined, () => process.disconnect?.())

async function generateLoad(url: string, { connection, requestsPerSecond, path, body }: RequestKind): Promise<void> {
  const agent = connection === 'keptAlive' ? new Agent({ keepAlive: true, maxSockets: 10 }) : undefined
  let sentCount = 0
  let recordedCount = 0
  const record = (elapsedMs: number, failure: string | null) => {
    recordedCount++
    const ended = Date.now()
    records[connection].push({ began: ended - elapsedMs, ended, path, failure })
  }
  const options: LoadTestOptions = {
    url: url + path,
    requestsPerSecond,
    maxRequests: requestsPerSecond * maxLoadSeconds,
    timeout: requestTimeoutMs,
    quiet: true,
    ...(body ? { method: 'POST', body, contentType: 'text/plain' } : {}),
    requestGenerator(processed, params, request, onAnswer) {
      sentCount++
      // This request is the last; loadtest still waits for the answers of earlier ones.
      if (isEnding) processed.maxRequests = sentCount
      return request(agent ? { ...params, agent } : params, onAnswer)
    },
    statusCallback: (error, result) => record(result?.requestElapsed ?? 0, error ? String(error) : null),
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  loadTest(options, (error: Error | null) => (error ? reject(error) : resolve()))
  await promise
  while (recordedCount < sentCount) record(0, 'without an answer at the end of the load')
  agent?.destroy()
}
