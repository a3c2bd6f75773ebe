// JSON-RPC 2.0 (https://www.jsonrpc.org/specification): this file checks each frame and each entry of a batch, and maps
// failures; the package json-rpc-2.0 calls the methods.
import {
  createJSONRPCErrorResponse,
  isJSONRPCID,
  JSONRPCErrorCode,
  JSONRPCErrorException,
  type JSONRPCID,
  type JSONRPCRequest,
  type JSONRPCResponse,
  JSONRPCServer,
} from 'json-rpc-2.0'
import type { Peer } from '../interfaces/peer.ts'
import { Failure } from '../protocol/failure.ts'
import type { Frame } from '../protocol/framing.ts'

/** The error code of every Failure, the first one that the specification leaves to applications; `data.code` says which. */
export const failureErrorCode = -32000

/** The caller of a method, and the way back to it. */
export interface Caller {
  peer: Peer
  /** Sends a notification; resolves when the connection has room for more. */
  notify(method: string, params: unknown): Promise<void>
  /** Aborts when the connection or the agent ends. */
  gone: AbortSignal
}

/** Each method checks its params and throws `InvalidParams` for wrong ones. */
export type Methods = Record<string, (params: unknown, caller: Caller) => unknown>

/** Params that do not fit their method. */
export class InvalidParams extends Error {}

export interface Rpc {
  /** Gives the answer to one frame, null where the specification demands none; never rejects. */
  answer(frame: Frame, caller: Caller): Promise<JSONRPCResponse | JSONRPCResponse[] | null>
}

/** @param trouble is called for bugs: everything that a method throws except a Failure. */
export function createRpc(methods: Methods, trouble: (method: string, thrown: unknown) => void): Rpc {
  const server = new JSONRPCServer<Caller>({ errorListener: () => {} })
  server.mapErrorToJSONRPCErrorResponse = error
  for (const [name, method] of Object.entries(methods))
    server.addMethod(name, async (params: unknown, caller: Caller) => {
      try {
        return (await method(params, caller)) ?? null
      } catch (thrown) {
        if (thrown instanceof InvalidParams)
          throw new JSONRPCErrorException(thrown.message, JSONRPCErrorCode.InvalidParams)
        if (!(thrown instanceof Failure)) trouble(name, thrown)
        throw Failure.from(thrown)
      }
    })

  const entry = async (raw: unknown, caller: Caller): Promise<JSONRPCResponse | null> =>
    isRequest(raw) ? server.receive(raw, caller) : invalid(raw)

  return {
    async answer(frame, caller) {
      if (!frame.ok)
        return createJSONRPCErrorResponse(null, JSONRPCErrorCode.ParseError, `Parse error: ${frame.reason}`)
      const raw = parsed(frame.text)
      if (raw === undefined) return createJSONRPCErrorResponse(null, JSONRPCErrorCode.ParseError, 'Parse error')
      if (!Array.isArray(raw)) return entry(raw, caller)
      if (raw.length === 0) return invalid(null)
      const answers = (await Promise.all(raw.map((one) => entry(one, caller)))).filter((answer) => answer !== null)
      return answers.length > 0 ? answers : null
    },
  }
}

/** Checks a request, since the package accepts more than the specification and throws if it gets no object. */
function isRequest(raw: unknown): raw is JSONRPCRequest {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return false
  const { jsonrpc, method, params, id }: { [key: string]: unknown } = { ...raw }
  return (
    jsonrpc === '2.0' &&
    typeof method === 'string' &&
    (params === undefined || (typeof params === 'object' && params !== null)) &&
    (id === undefined || isJSONRPCID(id))
  )
}

/** Answers an invalid request, with its id if it has a valid one. */
function invalid(raw: unknown): JSONRPCResponse {
  const id: unknown = typeof raw === 'object' && raw !== null ? Reflect.get(raw, 'id') : null
  return createJSONRPCErrorResponse(isJSONRPCID(id) ? id : null, JSONRPCErrorCode.InvalidRequest, 'Invalid Request')
}

function error(id: JSONRPCID, thrown: unknown) {
  if (thrown instanceof JSONRPCErrorException) return createJSONRPCErrorResponse(id, thrown.code, thrown.message)
  const { code, message } = Failure.from(thrown)
  return createJSONRPCErrorResponse(
    id,
    code === 'internal' ? JSONRPCErrorCode.InternalError : failureErrorCode,
    message,
    {
      code,
    },
  )
}

/** Gives undefined for text that is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
