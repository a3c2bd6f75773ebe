// Follows a deploy for a person at bptctl; the exit code tells how it ended.
import { Progress } from '../view/deploy-log-formatter.ts'
import { Following } from '../view/follow-deploy.ts'
import { type Begun, liveViewer } from '../view/live-viewer.ts'
import { print, printingViewer, type Viewer } from '../view/viewer.ts'
import type { Desk } from './command-context.ts'

const interrupted = 130

export async function watch(desk: Desk, deploy: number, verbose: boolean): Promise<number> {
  using viewer = await viewerFor(desk, deploy, verbose)
  const following = new Following(desk.agent, deploy, viewer)
  const leave = () => {
    viewer[Symbol.dispose]()
    const id = following.deploy
    print(desk.err, [`deploy ${id} goes on without you. Look again: bptctl log ${id} -f`])
    process.exit(interrupted)
  }
  process.once('SIGINT', leave)
  try {
    const { state } = await following.outcome()
    return state === 'live' || state === 'was live' ? 0 : 1
  } finally {
    process.off('SIGINT', leave)
  }
}

async function viewerFor({ agent, out, err, paint }: Desk, deploy: number, verbose: boolean): Promise<Viewer> {
  if (verbose || !out.isTTY) return printingViewer(new Progress(verbose ? 'all' : 'steps', paint), out, err)
  const { running } = await agent.ask('status', {})
  const begun: Begun = running?.id === deploy ? { step: running.step, at: running.stepBegan } : null
  return liveViewer(new Progress('steps', paint), { out, err, paint, begun })
}
