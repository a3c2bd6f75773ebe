// The load: visitors at a constant rate, whether those before them were answered or not. A process of its own, so that
// what else the bench does delays nobody: node visitors.ts <url>; it says that it is under way, a message ends
// it, and then it says what became of its Visits.
import { Agent } from 'node:http'
import { type LoadTestOptions, loadTest } from 'loadtest'
import { now } from '../measure/turns.ts'
import { kinds, type Visits } from './load-requests.ts'

const patience = 15_000
/** The load ends by itself where nobody ends it. */
const longest = 900

const visits: Visits = { fresh: [], kept: [] }
let ending = false

const [url = ''] = process.argv.slice(2)
process.once('message', () => {
  ending = true
})
process.send?.('under way')
await Promise.all(kinds.map((kind) => load(url, kind)))
process.send?.(visits, undefined, undefined, () => process.disconnect?.())

async function load(url: string, { of, rate, path, body }: (typeof kinds)[number]): Promise<void> {
  const agent = of === 'kept' ? new Agent({ keepAlive: true, maxSockets: 10 }) : undefined
  let asked = 0
  let heard = 0
  const hear = (ms: number, reason: string | null) => {
    heard++
    const ended = now()
    visits[of].push({ began: ended - ms, ended, path, reason })
  }
  const options: LoadTestOptions = {
    url: url + path,
    requestsPerSecond: rate,
    maxRequests: rate * longest,
    timeout: patience,
    quiet: true,
    ...(body ? { method: 'POST', body, contentType: 'text/plain' } : {}),
    requestGenerator(processed, params, request, answered) {
      asked++
      // The request that begins now is the last; those before it are still waited for.
      if (ending) processed.maxRequests = asked
      return request(agent ? { ...params, agent } : params, answered)
    },
    statusCallback: (error, result) => hear(result?.requestElapsed ?? 0, error ? String(error) : null),
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  loadTest(options, (error: Error | null) => (error ? reject(error) : resolve()))
  await promise
  while (heard < asked) hear(0, 'without an answer at the end of the load')
  agent?.destroy()
}
