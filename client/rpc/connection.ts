// One connection to the agent: typed calls and notices as newline-delimited JSON-RPC 2.0 on its unix socket.
import { once } from 'node:events'
import { connect as open } from 'node:net'
import { userInfo } from 'node:os'
import { isJSONRPCResponse, JSONRPCClient, JSONRPCErrorException } from 'json-rpc-2.0'
import { encodeFrame, FrameDecoder } from '../../agent/protocol/framing.ts'
import type { Method, Params, Result, RpcNotifications } from '../../agent/protocol/messages.ts'
import { ClientError } from './client-error.ts'

export type OnLines = (notice: RpcNotifications['lines']) => void

export interface Connection extends Disposable {
  /** @throws ClientError */
  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>
}

// The agent is trusted, and a long history is larger than what it accepts from others.
const maxAnswerBytes = 256 * 1024 * 1024

/** Calls that last as long as a deploy. */
const endless: Method[] = ['follow', 'cancel']

/** @throws ClientError when there is no agent, or none for this user. */
export async function connect(path: string, limit = 30_000, hears: OnLines = () => {}): Promise<Connection> {
  const socket = open(path)
  await once(socket, 'connect').catch((error) => {
    throw ClientError.unreachable(path, 'code' in error ? String(error.code) : String(error), userInfo().username)
  })
  const rpc = new JSONRPCClient((request) => void socket.write(encodeFrame(request)))
  const frames = new FrameDecoder(maxAnswerBytes)
  let over: ClientError | undefined

  const end = (trouble: ClientError) => {
    over ??= trouble
    socket.destroy()
    rpc.rejectAllPendingRequests(over.message)
  }
  const hear = (message: unknown) => {
    if (isLines(message)) hears(message.params)
    // An error with id null answers no call of its own, so it would leave all of them waiting.
    else if (isJSONRPCResponse(message) && message.id === null && message.error) end(refusal(message.error))
    else if (isJSONRPCResponse(message)) rpc.receive(message)
  }

  socket.on('data', (chunk: Buffer) => {
    try {
      for (const frame of frames.push(chunk)) {
        if (!frame.ok) throw new Error(frame.reason)
        hear(JSON.parse(frame.text))
      }
    } catch (thrown) {
      end(ClientError.lost(`The agent's answer cannot be read (${thrown})`))
    }
  })
  socket.on('error', () => end(ClientError.lost('The agent went away before it answered')))
  socket.on('close', () => end(ClientError.lost('The agent went away before it answered')))

  return {
    async call(method, params) {
      if (over) throw over
      const silent = ClientError.lost(`The agent did not answer within ${limit / 1000} s`)
      const timer = endless.includes(method) ? undefined : setTimeout(() => end(silent), limit)
      try {
        return await rpc.request(method, params)
      } catch (thrown) {
        throw over ?? refusal(thrown)
      } finally {
        clearTimeout(timer)
      }
    },
    [Symbol.dispose]: () => socket.destroy(),
  }
}

function isLines(message: unknown): message is { params: RpcNotifications['lines'] } {
  if (typeof message !== 'object' || message === null) return false
  if (!('method' in message && message.method === 'lines' && 'params' in message)) return false
  const { params } = message
  if (typeof params !== 'object' || params === null) return false
  return 'lines' in params && Array.isArray(params.lines) && 'from' in params && typeof params.from === 'number'
}

function refusal(error: unknown): ClientError {
  if (error instanceof JSONRPCErrorException || isError(error)) {
    const data: unknown = 'data' in error ? error.data : undefined
    const code = typeof data === 'object' && data !== null && 'code' in data ? data.code : undefined
    return ClientError.refused(error.message, typeof code === 'string' ? code : undefined)
  }
  return ClientError.refused(String(error))
}

function isError(error: unknown): error is { message: string } {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string'
}
