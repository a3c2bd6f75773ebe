// Stands in for the agent in pack-client.ts: it answers as an agent whose deploys all succeed.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { formatLogLine, type LogLine } from '../agent/protocol/log-line.ts'
import type {
  ContainerStatus,
  Deploy,
  DeployOutcome,
  PushResult,
  RpcNotifications,
  Status,
  StepRecord,
} from '../agent/protocol/messages.ts'
import { steps } from '../agent/protocol/steps.ts'

const now = Date.now()
const revision = '9f3c1a2'.padEnd(40, '0')
const remark = '0 refused, longest wait 1.0 s'
const sentence = `live: 9f3c1a2 on port 80, 1.6 s after the push; ${remark}`

const log: LogLine[] = [
  { kind: 'head', text: '9f3c1a2 "A usual day" by you' },
  ...steps.flatMap(({ name: step }): LogLine[] => [
    { kind: 'began', step },
    { kind: 'output', text: ' => a line of a tool' },
    { kind: 'note', text: 'a sentence of the agent' },
    { kind: 'done', step, took: '0.2 s', remark },
  ]),
  { kind: 'good', text: sentence },
]

const swap: StepRecord = { name: 'swap', began: now - 1_000, ended: now, ok: true, remark }
const live: Deploy = {
  id: 1,
  revision,
  subject: 'A usual day',
  wanted: 'refs/heads/main',
  via: 'push',
  by: 'you',
  uid: 1000,
  from: '',
  accepted: now - 90_000,
  began: now - 90_000,
  ended: now - 88_000,
  state: 'live',
  code: null,
  sentence,
  supersededBy: null,
  visits: { made: 9, refused: 0, waited: 1_000, gap: 1_000 },
  fault: null,
  log: '/nowhere',
  steps: [swap],
}
const container: ContainerStatus = {
  service: 'server',
  container: 'server',
  built: true,
  state: 'running',
  health: 'healthy',
  restarts: 0,
  since: now - 88_000,
  image: 'server:latest',
  revisions: [revision],
  latest: true,
}

const answers = {
  status: {
    agent: { version: '1.0.0', since: now - 4_000_000, pid: 1 },
    live,
    branch: { name: 'main', tip: revision, ahead: 0 },
    running: null,
    last: null,
    pause: null,
    waiting: [],
    waitingCount: 0,
    containers: [container],
    trouble: null,
    drift: [],
    fault: null,
    pushObstacles: [],
    disk: { path: '/', free: 50e9, total: 90e9 },
    releases: 3,
  } satisfies Status,
  push: { deploy: 1, notes: [] } satisfies PushResult,
  follow: { deploy: 1, revision, state: 'live', sentence, by: null, code: null } satisfies DeployOutcome,
}

/** Resolves when the stub listens, with the list of methods that are called later. It keeps no process alive. */
export async function startStubAgent(path: string): Promise<string[]> {
  const calledMethods: string[] = []
  const lines = log.map((line) => formatLogLine(line, new Date(now)))
  const notice: RpcNotifications['lines'] = { deploy: 1, from: 1, lines }
  const server = createServer((socket) => {
    socket.unref()
    const send = (message: object) => socket.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
    createInterface({ input: socket }).on('line', (line) => {
      const { id, method }: { id: number; method: keyof typeof answers } = JSON.parse(line)
      if (!(method in answers)) throw new Error(`the stub agent has no answer to ${method}`)
      calledMethods.push(method)
      if (method === 'follow') send({ method: 'lines', params: notice })
      send({ id, result: answers[method] })
    })
  })
  await once(server.listen(path).unref(), 'listening')
  return calledMethods
}
