// Follows a deploy for a person at bptctl; the exit code tells how it ended.
import { waitingText } from '../../agent/protocol/request-text.ts'
import { DeployLogFormatter } from '../follow/deploy-log-formatter.ts'
import { DeployFollower } from '../follow/follow-deploy.ts'
import { createLiveViewer } from '../follow/live-viewer.ts'
import { createPlainViewer, type Viewer } from '../follow/viewer.ts'
import { printLines } from '../text/output.ts'
import { plainWords } from '../text/plain-text.ts'
import type { CommandContext } from './command-context.ts'
import { leaveOnInterrupt } from './leave-on-interrupt.ts'

export async function watchDeploy(context: CommandContext, deploy: number, isVerbose: boolean): Promise<number> {
  using viewer = await createViewer(context, deploy, isVerbose)
  const follower = new DeployFollower(context.agent, deploy, viewer)
  using _ = leaveOnInterrupt(context.err, () => {
    viewer[Symbol.dispose]()
    return follower.deploy
  })
  const { state } = await follower.follow()
  return state === 'live' || state === 'was live' ? 0 : 1
}

/** Prints that a deploy, which nobody follows, is accepted. @param name names it, such as `deploy 42 of 51be07d`. */
export async function announceDeploy({ agent, out }: CommandContext, deploy: number, name: string): Promise<void> {
  // The deploy is accepted, even if the agent does not answer this question.
  const status = await agent.query('status', {}).catch(() => null)
  const pause = status?.pause
  const text =
    pause && status.waiting.some(({ id }) => id === deploy)
      ? `${name} is accepted and ${waitingText(pause, null, Date.now())}`
      : `${name} is accepted. Follow it: bptctl log ${deploy} -f`
  printLines(out, [plainWords(text)])
}

async function createViewer(
  { agent, out, err, layout }: CommandContext,
  deploy: number,
  isVerbose: boolean,
): Promise<Viewer> {
  const formatter = new DeployLogFormatter(isVerbose ? 'all' : 'steps', layout)
  if (isVerbose || !layout.isTerminal) return createPlainViewer(formatter, out, err)
  const { running } = await agent.query('status', {})
  const startedStep = running?.id === deploy ? { step: running.step, began: running.stepBegan } : null
  return createLiveViewer(formatter, { out, err, layout, startedStep })
}
