// The agent as its clients see it: questions outlive its restarts, orders are given once, a deploy is followed
// without losing or repeating a line.
import type { DeployOutcome, Method, Params, Result } from '../../agent/protocol/messages.ts'
import type { ClientError } from './client-error.ts'
import { connect } from './connection.ts'
import { RetryPolicy } from './retry-policy.ts'

/** Calls that change nothing, and those that do. */
type QueryMethod = 'status' | 'history' | 'releases'
type RequestMethod = Exclude<Method, QueryMethod | 'follow'>

export class AgentClient {
  readonly #socket: string
  readonly #aside: (sentence: string) => void
  readonly #limit: number

  /** `aside` is told when a restart is waited for. */
  constructor(socket: string, aside: (sentence: string) => void, limit = 30_000) {
    this.#socket = socket
    this.#aside = aside
    this.#limit = limit
  }

  /** Asks again when the agent goes away before it answered. */
  async query<M extends QueryMethod>(method: M, params: Params<M>): Promise<Result<M>> {
    return this.#answer(method, params, ['busy', 'lost'])
  }

  /** Never says twice what the agent may have heard, but for a push: the agent takes the same push only once. */
  async request<M extends RequestMethod>(method: M, params: Params<M>): Promise<Result<M>> {
    return this.#answer(method, params, method === 'push' ? ['busy', 'lost'] : ['busy'])
  }

  /** Hears each line of a deploy's log once, from the first one on, until the deploy has ended. */
  async follow(deploy: number, hears: (lines: string[]) => void, aside = this.#aside): Promise<DeployOutcome> {
    const patience = new RetryPolicy(this.#limit, aside, ['busy', 'lost', 'absent'])
    let next = 1
    for (;;) {
      try {
        using connection = await connect(this.#socket, this.#limit, ({ from, lines }) => {
          patience.restart()
          const fresh = lines.slice(Math.max(0, next - from))
          next = Math.max(next, from + lines.length)
          if (fresh.length > 0) hears(fresh)
        })
        return await connection.call('follow', { deploy, from: next })
      } catch (thrown) {
        await patience.waitOrThrow(thrown)
      }
    }
  }

  async #answer<M extends Exclude<Method, 'follow'>>(
    method: M,
    params: Params<M>,
    bears: readonly ClientError['kind'][],
  ): Promise<Result<M>> {
    const patience = new RetryPolicy(this.#limit, this.#aside, bears)
    for (;;) {
      try {
        using connection = await connect(this.#socket, this.#limit)
        return await connection.call(method, params)
      } catch (thrown) {
        await patience.waitOrThrow(thrown)
      }
    }
  }
}
