// What hooks/post-receive runs: hands the ref updates of a push to the agent and shows what comes of them.
// It is a viewer only: git has stored the push, and the deploy is the agent's, whatever becomes of this process.
import { readFileSync } from 'node:fs'
import { readConfig } from '../../agent/config.ts'
import { exitWhenFlushed } from '../exit.ts'
import { DeployLogFormatter } from '../follow/deploy-log-formatter.ts'
import { DeployFollower } from '../follow/follow-deploy.ts'
import { createPlainViewer } from '../follow/viewer.ts'
import { AgentClient } from '../rpc/agent-client.ts'
import { callerAddress } from '../rpc/caller-address.ts'
import { printLines } from '../view/output.ts'
import { noPaint } from '../view/paint.ts'
import { plainText } from '../view/plain-text.ts'
import { notDeployedLines } from './not-deployed.ts'
import { parsePushOptions } from './push-options.ts'
import { parseRefUpdates } from './ref-updates.ts'

const { stdout, stderr, argv, env } = process

// The pusher left: nobody reads, so nobody needs this process.
stdout.on('error', () => process.exit(0))
stderr.on('error', () => process.exit(0))

void receive()

async function receive(): Promise<void> {
  let branch = 'main'
  let deploys = true
  let deploy: number | null = null

  try {
    const refs = readFileSync(0, 'utf8')
    const config = readConfig(argv[2])
    branch = config.source.branch
    const updates = parseRefUpdates(refs, branch)
    deploys = updates.some(({ ref }) => ref === `refs/heads/${branch}`)
    const agent = new AgentClient(config.socket, (sentence) => printLines(stderr, [sentence]))
    const pushed = await agent.request('push', { updates, from: callerAddress(env) })
    printLines(stdout, pushed.notes.map(plainText))
    deploy = pushed.deploy
    if (deploy !== null) {
      const detail = parsePushOptions(env).includes('quiet') ? 'steps' : 'all'
      await new DeployFollower(
        agent,
        deploy,
        createPlainViewer(new DeployLogFormatter(detail, noPaint), stdout, stderr),
      ).follow()
    }
  } catch (thrown) {
    const seen = thrown instanceof Error ? thrown.message : String(thrown)
    printLines(
      stdout,
      deploy === null ? notDeployedLines(thrown, branch, deploys) : [`deploy ${deploy} is accepted, but: ${seen}`],
    )
  }
  exitWhenFlushed(0, [stdout, stderr])
}
