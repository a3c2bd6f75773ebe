// Holds one connection to the agent's Unix socket: typed calls and notifications as newline-delimited JSON-RPC 2.0.
import { once } from 'node:events'
import { connect as open } from 'node:net'
import { userInfo } from 'node:os'
import { isJSONRPCResponse, JSONRPCClient, JSONRPCErrorException } from 'json-rpc-2.0'
import { encodeFrame, FrameDecoder } from '../../agent/protocol/framing.ts'
import type { Method, Params, Result, RpcNotifications } from '../../agent/protocol/messages.ts'
import { ClientError } from './client-error.ts'

export type OnLines = (notice: RpcNotifications['lines']) => void

export interface AgentAddress {
  /** Path of the agent's Unix socket. */
  socket: string
  /** The group whose members may connect, named to everybody else. */
  group: string
}

export interface Connection extends Disposable {
  /** @throws ClientError */
  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>
}

// The agent is trusted, and a long history is larger than the frames that the agent accepts.
const maxAnswerBytes = 256 * 1024 * 1024

/** Calls that last as long as a deploy. */
const untimedMethods: Method[] = ['follow', 'cancel']

/** @throws ClientError when there is no agent, or when this user may not connect. */
export async function connect(
  { socket: path, group }: AgentAddress,
  timeoutMs: number,
  onLines: OnLines = () => {},
): Promise<Connection> {
  const socket = open(path)
  await once(socket, 'connect').catch((error) => {
    const errno = 'code' in error ? String(error.code) : String(error)
    throw ClientError.unreachable(path, errno, { user: userInfo().username, group })
  })
  const rpc = new JSONRPCClient((request) => void socket.write(encodeFrame(request)))
  const frames = new FrameDecoder(maxAnswerBytes)
  let endReason: ClientError | undefined

  const end = (error: ClientError) => {
    endReason ??= error
    socket.destroy()
    rpc.rejectAllPendingRequests(endReason.message)
  }
  const receive = (message: unknown) => {
    if (isLinesNotification(message)) onLines(message.params)
    // An error with id null answers no call of its own, so all calls would wait for ever.
    else if (isJSONRPCResponse(message) && message.id === null && message.error) end(refusalOf(message.error))
    else if (isJSONRPCResponse(message)) rpc.receive(message)
  }

  socket.on('data', (chunk: Buffer) => {
    try {
      for (const frame of frames.push(chunk)) {
        if (!frame.ok) throw new Error(frame.reason)
        receive(JSON.parse(frame.text))
      }
    } catch (thrown) {
      end(ClientError.lost(`the agent's answer cannot be read (${thrown})`))
    }
  })
  socket.on('error', () => end(ClientError.lost('the agent went away before it answered')))
  socket.on('close', () => end(ClientError.lost('the agent went away before it answered')))

  return {
    async call(method, params) {
      if (endReason) throw endReason
      const silence = ClientError.lost(`the agent did not answer within ${timeoutMs / 1000} s`)
      const timer = untimedMethods.includes(method) ? undefined : setTimeout(() => end(silence), timeoutMs)
      try {
        return await rpc.request(method, params)
      } catch (thrown) {
        throw endReason ?? refusalOf(thrown)
      } finally {
        clearTimeout(timer)
      }
    },
    [Symbol.dispose]: () => socket.destroy(),
  }
}

function isLinesNotification(message: unknown): message is { params: RpcNotifications['lines'] } {
  if (typeof message !== 'object' || message === null) return false
  if (!('method' in message && message.method === 'lines' && 'params' in message)) return false
  const { params } = message
  if (typeof params !== 'object' || params === null) return false
  return 'lines' in params && Array.isArray(params.lines) && 'from' in params && typeof params.from === 'number'
}

function refusalOf(error: unknown): ClientError {
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
