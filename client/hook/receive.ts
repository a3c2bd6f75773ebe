// What hooks/post-receive runs: hands the ref updates of a push to the agent and shows what comes of them.
// It is a viewer only: git has stored the push, and the deploy is the agent's, whatever becomes of this process.
import { readFileSync } from 'node:fs'
import { readConfig } from '../../agent/config.ts'
import { exitWhenFlushed } from '../exit.ts'
import { AgentClient } from '../rpc/agent-client.ts'
import { callerAddress } from '../rpc/caller-address.ts'
import { DeployLogFormatter } from '../view/deploy-log-formatter.ts'
import { DeployFollower } from '../view/follow-deploy.ts'
import { noPaint } from '../view/paint.ts'
import { plainText } from '../view/plain-text.ts'
import { createPlainViewer, print } from '../view/viewer.ts'
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
    const agent = new AgentClient(config.socket, (sentence) => print(stderr, [sentence]))
    const pushed = await agent.mutate('push', { updates, from: callerAddress(env) })
    print(stdout, pushed.notes.map(plainText))
    deploy = pushed.deploy
    if (deploy !== null) {
      const detail = parsePushOptions(env).includes('quiet') ? 'steps' : 'all'
      await new DeployFollower(
        agent,
        deploy,
        createPlainViewer(new DeployLogFormatter(detail, noPaint), stdout, stderr),
      ).run()
    }
  } catch (thrown) {
    const seen = thrown instanceof Error ? thrown.message : String(thrown)
    print(
      stdout,
      deploy === null ? notDeployedLines(thrown, branch, deploys) : [`deploy ${deploy} is accepted, but: ${seen}`],
    )
  }
  exitWhenFlushed(0, [stdout, stderr])
}
