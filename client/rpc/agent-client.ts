// Calls the agent: a query outlives a restart of the agent, a request is sent once, and a follower neither loses nor
// repeats a line.
import type { DeployOutcome, Method, Params, Result } from '../../agent/protocol/messages.ts'
import type { ClientError } from './client-error.ts'
import { type AgentAddress, connect } from './connection.ts'
import { RetryPolicy } from './retry-policy.ts'

/** Calls that change nothing. */
type QueryMethod = 'status' | 'history' | 'releases' | 'plan'
/** Calls that ask for a change. */
type RequestMethod = Exclude<Method, QueryMethod | 'follow'>

const answerTimeoutMs = 30_000

export class AgentClient {
  readonly #address: AgentAddress
  readonly #onNotice: (sentence: string) => void
  readonly #timeoutMs: number

  /** @param onNotice called with a sentence when a call has to wait for the agent. */
  constructor(address: AgentAddress, onNotice: (sentence: string) => void, timeoutMs = answerTimeoutMs) {
    this.#address = address
    this.#onNotice = onNotice
    this.#timeoutMs = timeoutMs
  }

  /** Repeats the call when the agent goes away before it answered. */
  async query<M extends QueryMethod>(method: M, params: Params<M>, onNotice = this.#onNotice): Promise<Result<M>> {
    return this.#call(method, params, new RetryPolicy(this.#timeoutMs, onNotice, ['busy', 'lost']))
  }

  /** Never repeats a call that the agent may have received, except a push, which the agent accepts only once. */
  async request<M extends RequestMethod>(method: M, params: Params<M>): Promise<Result<M>> {
    const kinds: ClientError['kind'][] = method === 'push' ? ['busy', 'lost'] : ['busy']
    return this.#call(method, params, new RetryPolicy(this.#timeoutMs, this.#onNotice, kinds))
  }

  /** Passes each line of a deploy's log on once, from the first line until the deploy has ended. */
  async follow(deploy: number, onLines: (lines: string[]) => void, onNotice = this.#onNotice): Promise<DeployOutcome> {
    const retryPolicy = new RetryPolicy(this.#timeoutMs, onNotice, ['busy', 'lost', 'absent'])
    let nextLine = 1
    for (;;) {
      try {
        using connection = await connect(this.#address, this.#timeoutMs, ({ from, lines }) => {
          retryPolicy.restart()
          const newLines = lines.slice(Math.max(0, nextLine - from))
          nextLine = Math.max(nextLine, from + lines.length)
          if (newLines.length > 0) onLines(newLines)
        })
        return await connection.call('follow', { deploy, from: nextLine })
      } catch (thrown) {
        await retryPolicy.waitOrThrow(thrown)
      }
    }
  }

  async #call<M extends Exclude<Method, 'follow'>>(
    method: M,
    params: Params<M>,
    retryPolicy: RetryPolicy,
  ): Promise<Result<M>> {
    for (;;) {
      try {
        using connection = await connect(this.#address, this.#timeoutMs)
        return await connection.call(method, params)
      } catch (thrown) {
        await retryPolicy.waitOrThrow(thrown)
      }
    }
  }
}
