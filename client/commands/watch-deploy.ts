// Follows a deploy for a person at bptctl; the exit code tells how it ended.
import { DeployLogFormatter } from '../follow/deploy-log-formatter.ts'
import { DeployFollower } from '../follow/follow-deploy.ts'
import { createLiveViewer, type RunningStep } from '../follow/live-viewer.ts'
import { createPlainViewer, type Viewer } from '../follow/viewer.ts'
import { printLines } from '../view/output.ts'
import type { CommandContext } from './command-context.ts'

const exitInterrupted = 130

export async function watchDeploy(context: CommandContext, deploy: number, verbose: boolean): Promise<number> {
  using viewer = await viewerFor(context, deploy, verbose)
  const following = new DeployFollower(context.agent, deploy, viewer)
  const leave = () => {
    viewer[Symbol.dispose]()
    const id = following.deploy
    printLines(context.err, [`deploy ${id} goes on without you. Look again: bptctl log ${id} -f`])
    process.exit(exitInterrupted)
  }
  process.once('SIGINT', leave)
  try {
    const { state } = await following.follow()
    return state === 'live' || state === 'was live' ? 0 : 1
  } finally {
    process.off('SIGINT', leave)
  }
}

async function viewerFor(
  { agent, out, err, paint }: CommandContext,
  deploy: number,
  verbose: boolean,
): Promise<Viewer> {
  if (verbose || !out.isTTY)
    return createPlainViewer(new DeployLogFormatter(verbose ? 'all' : 'steps', paint), out, err)
  const { running } = await agent.query('status', {})
  const begun: RunningStep = running?.id === deploy ? { step: running.step, at: running.stepBegan } : null
  return createLiveViewer(new DeployLogFormatter('steps', paint), { out, err, paint, begun })
}
