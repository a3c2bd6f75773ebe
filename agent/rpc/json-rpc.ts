// Answers calls in JSON-RPC 2.0 (https://www.jsonrpc.org/specification). The package json-rpc-2.0 calls the methods;
// this file checks frames and requests more strictly than the package, answers batches, and maps failures to error
// objects.
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

/** The error code of every Failure, first of the range for applications; `data.code` names the failure. */
const failureErrorCode = -32000

/** The caller of a method and the connection to the caller. */
export interface CallContext {
  peer: Peer
  /** Sends a notification; resolves when the connection has room for more. */
  notify(method: string, params: unknown): Promise<void>
  /** Aborts when the connection or the agent ends. */
  gone: AbortSignal
}

/** Every method checks its params and throws `InvalidParams` for wrong ones. */
export type Methods = Record<string, (params: unknown, context: CallContext) => unknown>

export class InvalidParams extends Error {}

export interface Rpc {
  /** Answers one frame; null for a notification. Never rejects. */
  answer(frame: Frame, context: CallContext): Promise<JSONRPCResponse | JSONRPCResponse[] | null>
}

/** @param reportBug called with every error of a method that is no Failure. */
export function createRpc(methods: Methods, reportBug: (method: string, thrown: unknown) => void): Rpc {
  const server = new JSONRPCServer<CallContext>({ errorListener: () => {} })
  server.mapErrorToJSONRPCErrorResponse = createErrorResponse
  for (const [name, method] of Object.entries(methods))
    server.addMethod(name, async (params: unknown, context: CallContext) => {
      try {
        return (await method(params, context)) ?? null
      } catch (thrown) {
        if (thrown instanceof InvalidParams)
          throw new JSONRPCErrorException(thrown.message, JSONRPCErrorCode.InvalidParams)
        // A call whose client has left is aborted: that is no bug.
        if (!(thrown instanceof Failure) && !context.gone.aborted) reportBug(name, thrown)
        throw Failure.from(thrown)
      }
    })

  const answerRequest = async (raw: unknown, context: CallContext): Promise<JSONRPCResponse | null> =>
    isRequest(raw) ? server.receive(raw, context) : rejectInvalid(raw)

  return {
    async answer(frame, context) {
      if (!frame.ok)
        return createJSONRPCErrorResponse(null, JSONRPCErrorCode.ParseError, `Parse error: ${frame.reason}`)
      const raw = parseJson(frame.text)
      if (raw === undefined) return createJSONRPCErrorResponse(null, JSONRPCErrorCode.ParseError, 'Parse error')
      if (!Array.isArray(raw)) return answerRequest(raw, context)
      if (raw.length === 0) return rejectInvalid(null)
      const answers = (await Promise.all(raw.map((request) => answerRequest(request, context)))).filter(
        (answer) => answer !== null,
      )
      return answers.length > 0 ? answers : null
    },
  }
}

/** Checks by the specification: the package accepts more, and throws for a value that is no object. */
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

/** Answers with the id of the invalid request if it has a valid one. */
function rejectInvalid(raw: unknown): JSONRPCResponse {
  const id: unknown = typeof raw === 'object' && raw !== null ? Reflect.get(raw, 'id') : null
  return createJSONRPCErrorResponse(isJSONRPCID(id) ? id : null, JSONRPCErrorCode.InvalidRequest, 'Invalid Request')
}

function createErrorResponse(id: JSONRPCID, thrown: unknown) {
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

/** Undefined for text that is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
