// Sends requests to the engine's socket as they are, also those whose meaning only their sender knows.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'

// An import would evaluate every export of the module, among them an HTTP client of 15 MB that the agent does not use.
const { request: sendRequest } = process.getBuiltinModule('node:http')

export interface EngineRequest {
  method: string
  /** Path and query, with the version of the API. */
  url: string
  headers?: IncomingHttpHeaders
  body?: Buffer
}

export interface EngineAnswer {
  status: number
  body: Buffer
}

export class EngineClient {
  readonly #socketPath: string

  constructor(socketPath: string) {
    this.#socketPath = socketPath
  }

  /** Resolves when the answer begins; the caller has to read it or to destroy it. */
  open({ method, url, headers = {}, body }: EngineRequest): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const options = { socketPath: this.#socketPath, method, path: url, headers, agent: false }
    sendRequest(options).on('response', resolve).on('error', reject).end(body)
    return promise
  }

  async send(request: EngineRequest): Promise<EngineAnswer> {
    const answer = await this.open(request)
    return { status: answer.statusCode ?? 0, body: await buffer(answer) }
  }

  /** Sends a body as JSON. */
  sendJson(method: string, url: string, json: unknown): Promise<EngineAnswer> {
    const body = Buffer.from(JSON.stringify(json))
    const headers = { 'content-type': 'application/json', 'content-length': String(body.length) }
    return this.send({ method, url, headers, body })
  }
}
