// JSON-RPC 2.0 by the letter: json-rpc-2.0 calls the methods, this file checks each frame and entry before it, answers
// batches entry by entry, and maps failures (https://www.jsonrpc.org/specification).
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

/** The code of every Failure on the wire; `data.code` says which (first of the range left to applications). */
export const failureErrorCode = -32000

/** Who calls, and the way back to him. */
export interface Caller {
  peer: Peer
  /** Sends a notification; resolves when the connection has room for more. */
  notify(method: string, params: unknown): Promise<void>
  /** Aborts when the connection or the agent ends. */
  gone: AbortSignal
}

/** A method's params are checked by itself: it throws `InvalidParams` for wrong ones. */
export type Methods = Record<string, (params: unknown, caller: Caller) => unknown>

/** Params that do not fit their method. */
export class InvalidParams extends Error {}

export interface Rpc {
  /** The answer to one frame, null where the specification wants none. Never rejects. */
  answer(frame: Frame, caller: Caller): Promise<JSONRPCResponse | JSONRPCResponse[] | null>
}

/** @param trouble hears of bugs: whatever a method threw that is no failure. */
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

/** The package takes more for a request than the specification does, and throws at what is no object. */
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

/** Keeps the id of an invalid request where it can be told. */
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

/** Undefined for what is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
