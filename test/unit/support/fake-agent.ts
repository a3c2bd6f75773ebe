// Stands in for the agent: it answers as a test scripts it, on a real unix socket in a directory of its own.
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { encodeFrame, FrameDecoder } from '../../../agent/protocol/framing.ts'
import { createScratchFolder } from './scratch.ts'

export interface Call {
  method: string
  params: unknown
  answer(result: unknown): void
  refuse(message: string, code: string): void
  sendLines(from: number, lines: string[]): void
  /** Sends any other message. */
  send(message: object): void
  /** Ends the connection without an answer. */
  disconnect(): void
}

export class FakeAgent implements AsyncDisposable {
  readonly directory = createScratchFolder()
  readonly socket = join(this.directory, 'agent.sock')
  readonly calls: { method: string; params: unknown }[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(script: (call: Call) => void) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      const frames = new FrameDecoder()
      socket.on('error', () => {})
      socket.on('data', (chunk: Buffer) => {
        for (const frame of frames.push(chunk)) if (frame.ok) script(this.#call(socket, JSON.parse(frame.text)))
      })
    })
  }

  /** Answers each call by the next script; the last script answers all further calls. */
  static async start(...scripts: ((call: Call) => void)[]): Promise<FakeAgent> {
    let next = 0
    const agent = new FakeAgent((call) => scripts[Math.min(next++, scripts.length - 1)]?.(call))
    agent.#server.listen(agent.socket)
    await once(agent.#server, 'listening')
    return agent
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #call(socket: Socket, request: { id: number; method: string; params: unknown }): Call {
    const send = (message: object) => void socket.write(encodeFrame({ jsonrpc: '2.0', ...message }))
    const { id, method, params } = request
    this.calls.push({ method, params })
    return {
      method,
      params,
      answer: (result) => send({ id, result }),
      refuse: (message, code) => send({ id, error: { code: -32000, message, data: { code } } }),
      sendLines: (from, lines) => send({ method: 'lines', params: { deploy: 43, from, lines } }),
      send,
      disconnect: () => void socket.end(),
    }
  }
}
