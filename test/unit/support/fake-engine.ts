// Answers Docker's API on a Unix socket as a test tells it, and remembers the requests.
import { EventEmitter, once } from 'node:events'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { json, text } from 'node:stream/consumers'
import { createScratchFolder } from './scratch.ts'

export interface FakeEngineRequest {
  /** Method and URL. */
  line: string
  body: unknown
}

type Respond = (request: FakeEngineRequest) => { status?: number; json: unknown } | null

export interface FakeEngine extends AsyncDisposable {
  socketPath: string
  requests: FakeEngineRequest[]
  /** Resolves when a request has been answered. */
  waitFor(matches: (line: string) => boolean): Promise<void>
}

/** @param respond null makes the engine answer 404. */
export async function startFakeEngine(respond: Respond): Promise<FakeEngine> {
  const socketPath = join(createScratchFolder(), 'engine.sock')
  const requests: FakeEngineRequest[] = []
  const answers = new EventEmitter()
  const server = createServer(async (message, response) => {
    const isJson = message.headers['content-type'] === 'application/json'
    const body = isJson ? await json(message) : await text(message)
    const received = { line: `${message.method} ${message.url}`, body }
    requests.push(received)
    const { status = 200, json: answer } = respond(received) ?? { status: 404, json: { message: 'not found' } }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    answers.emit('answer')
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(socketPath, resolve)
  await promise
  return {
    socketPath,
    requests,
    async waitFor(matches) {
      while (!requests.some(({ line }) => matches(line))) await once(answers, 'answer')
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

/** Sends a request as compose does. */
export async function askEngine(
  socketPath: string,
  line: string,
  body?: object | string,
): Promise<{ status: number; json: unknown }> {
  const [method, path] = line.split(' ')
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; json: unknown }>()
  const headers = typeof body === 'object' ? { 'content-type': 'application/json' } : {}
  request({ socketPath, method, path, headers, agent: false }, async (answer) => {
    const answered = await text(answer)
    resolve({ status: answer.statusCode ?? 0, json: answered ? JSON.parse(answered) : null })
  })
    .on('error', reject)
    .end(typeof body === 'object' ? JSON.stringify(body) : body)
  return promise
}
