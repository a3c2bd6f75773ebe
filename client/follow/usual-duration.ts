// Asks the agent how long the running step usually takes.
import type { AgentClient } from '../rpc/agent-client.ts'
import type { DeployLogFormatter } from './deploy-log-formatter.ts'

/** Most steps end sooner, and then the question would only slow the deploy down. */
const askAfterMs = 3_000

export class UsualDuration implements Disposable {
  readonly #agent: AgentClient
  readonly #formatter: DeployLogFormatter
  #step: string | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(agent: AgentClient, formatter: DeployLogFormatter) {
    this.#agent = agent
    this.#formatter = formatter
  }

  /** Call this after each line of the deploy's log. */
  followStep(deploy: number): void {
    const step = this.#formatter.runningStep?.step ?? null
    if (step === this.#step) return
    this.#step = step
    clearTimeout(this.#timer)
    if (step !== null) this.#timer = setTimeout(() => this.#ask(deploy, step), askAfterMs).unref()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }

  async #ask(deploy: number, step: string): Promise<void> {
    const ignoreNotice = () => {}
    // Without an answer the step is shown without its usual duration.
    const status = await this.#agent.query('status', {}, ignoreNotice).catch(() => null)
    const running = status?.running
    if (running?.id === deploy && running.step === step && running.usually !== null)
      this.#formatter.setUsualDuration(step, running.usually)
  }
}
