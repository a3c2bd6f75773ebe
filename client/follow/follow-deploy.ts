// Follows a deploy to its end, and on to the deploy that superseded it.
import type { DeployOutcome } from '../../agent/protocol/messages.ts'
import type { AgentClient } from '../rpc/agent-client.ts'
import { UsualDuration } from './usual-duration.ts'
import type { Viewer } from './viewer.ts'

export class DeployFollower {
  readonly #agent: AgentClient
  readonly #viewer: Viewer
  #deploy: number

  constructor(agent: AgentClient, deploy: number, viewer: Viewer) {
    this.#agent = agent
    this.#viewer = viewer
    this.#deploy = deploy
  }

  /** The deploy that is followed now. */
  get deploy(): number {
    return this.#deploy
  }

  async follow(): Promise<DeployOutcome> {
    using usualDuration = new UsualDuration(this.#agent, this.#viewer.formatter)
    for (;;) {
      const ended = await this.#agent.follow(
        this.#deploy,
        (lines) => {
          this.#viewer.showLines(lines)
          usualDuration.followStep(this.#deploy)
        },
        (sentence) => this.#viewer.showNotice(sentence),
      )
      const next = ended.state === 'superseded' ? ended.by : null
      this.#viewer.showOutcome(ended, next !== null)
      if (next === null) return ended
      this.#deploy = next
    }
  }
}
