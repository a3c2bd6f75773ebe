// Follows a deploy for a person at bptctl; the exit code tells how it ended.
import { DeployLogFormatter } from '../view/deploy-log-formatter.ts'
import { DeployFollower } from '../view/follow-deploy.ts'
import { createLiveViewer, type RunningStep } from '../view/live-viewer.ts'
import { createPlainViewer, print, type Viewer } from '../view/viewer.ts'
import type { CommandContext } from './command-context.ts'

const exitInterrupted = 130

export async function watch(context: CommandContext, deploy: number, verbose: boolean): Promise<number> {
  using viewer = await viewerFor(context, deploy, verbose)
  const following = new DeployFollower(context.agent, deploy, viewer)
  const leave = () => {
    viewer[Symbol.dispose]()
    const id = following.deploy
    print(context.err, [`deploy ${id} goes on without you. Look again: bptctl log ${id} -f`])
    process.exit(exitInterrupted)
  }
  process.once('SIGINT', leave)
  try {
    const { state } = await following.run()
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
