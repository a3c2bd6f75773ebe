// Stands between compose and the engine while compose is asked for a plan: questions reach the engine, new things are
// created, and each change of a container that exists is only recorded. A request of another kind ends the record.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { EngineClient } from './engine-client.ts'
import { type GuardRules, parseRequest, sendAnswer } from './guard-rules.ts'
import { GuardedReads } from './guarded-reads.ts'
import { GuardedWrites } from './guarded-writes.ts'
import { PlanRecord } from './plan-record.ts'

const { createServer } = process.getBuiltinModule('node:http')

export class Guard {
  readonly record = new PlanRecord()
  /** The error with which the engine could not be reached; null while it answers. */
  engineError: Error | null = null
  readonly #engine: EngineClient
  readonly #reads: GuardedReads
  readonly #writes: GuardedWrites
  readonly #server: Server
  readonly #unanswered = new Set<Promise<void>>()

  constructor(engineSocket: string, rules: GuardRules) {
    this.#engine = new EngineClient(engineSocket)
    this.#reads = new GuardedReads(this.#engine, this.record, rules)
    this.#writes = new GuardedWrites(this.#engine, this.record, rules)
    this.#server = createServer((request, response) => {
      const served = this.#serve(request, response).catch((thrown: unknown) => this.#fail(thrown, request, response))
      this.#unanswered.add(served)
      served.finally(() => this.#unanswered.delete(served))
    })
    // A connection that changes its protocol carries commands that nobody can read: sessions of builds and `exec`.
    this.#server.on('upgrade', ({ method = '', url: path = '' }: IncomingMessage, socket) => {
      this.#writes.refuse({ method, path })
      socket.destroy()
    })
  }

  /** The first request that is not known to be harmless; null if there was none. */
  get refused(): string | null {
    return this.#writes.refused
  }

  async listen(socketPath: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject).listen(socketPath, resolve)
    await promise
  }

  /** Resolves when the engine has answered every request; then `record` is complete. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    // A reply that compose does not wait for keeps its connection open.
    this.#server.closeAllConnections()
    await promise
    await Promise.all(this.#unanswered)
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = message
    const request = parseRequest(method, url, headers)
    let body: Buffer | undefined
    const readBody = async () => {
      body ??= await buffer(message)
      return body
    }
    const isRead = method === 'GET' || method === 'HEAD'
    const answer = isRead ? await this.#reads.answer(request) : await this.#writes.answer(request, readBody)
    if (answer) return sendAnswer(response, answer)
    const engineAnswer = await this.#engine.open({ method, url, headers, ...(body && { body }) })
    response.writeHead(engineAnswer.statusCode ?? 502, engineAnswer.headers)
    // Compose may end before the answer does: then neither side stays open.
    await pipeline(engineAnswer, response).catch(() => {})
  }

  #fail(thrown: unknown, { method = '', url: path = '', errored }: IncomingMessage, response: ServerResponse): void {
    // Compose gives up its other requests when the engine refuses one.
    if (errored !== null) return
    const isUnreachable = thrown instanceof Error && 'code' in thrown
    if (isUnreachable) this.engineError ??= thrown
    const answer = isUnreachable
      ? { status: 502, json: { message: thrown.message } }
      : this.#writes.refuse({ method, path })
    sendAnswer(response, answer)
  }
}
