// Hands the ref updates of a push to the agent and shows its deploy; hooks/post-receive runs this program. Git has
// stored the push before, and a deploy that the agent has accepted continues when this process ends.
import { readFileSync } from 'node:fs'
import { readConfig } from '../../agent/config.ts'
import { isDeletion } from '../../agent/protocol/request-text.ts'
import { exitWhenFlushed } from '../exit.ts'
import { DeployLogFormatter } from '../follow/deploy-log-formatter.ts'
import { DeployFollower } from '../follow/follow-deploy.ts'
import { createPlainViewer } from '../follow/viewer.ts'
import { AgentClient } from '../rpc/agent-client.ts'
import { callerAddress } from '../rpc/caller-address.ts'
import { pushLayout } from '../text/layout.ts'
import { printLines } from '../text/output.ts'
import { plainText } from '../text/plain-text.ts'
import { type FailedPush, notDeployedLines, notFollowedLines } from './not-deployed.ts'
import { parsePushOptions, unknownOptionLines } from './push-options.ts'
import { parseRefUpdates } from './ref-updates.ts'

const { stdout, stderr, argv, env } = process

// An error of these streams means that the pusher has left: end silently.
stdout.on('error', () => process.exit(0))
stderr.on('error', () => process.exit(0))

void receive()

async function receive(): Promise<void> {
  const push: FailedPush = { branch: 'main', group: 'bpt', isDeploying: true, isCaughtUp: false }
  let deploy: number | null = null
  try {
    const refs = readFileSync(0, 'utf8')
    const { source, socket, group } = readConfig(argv[2])
    const updates = parseRefUpdates(refs, source.branch)
    const update = updates.find(({ ref, new: hash }) => ref === `refs/heads/${source.branch}` && !isDeletion(hash))
    // Git reports a new branch with an old hash of zeros: the agent does not catch up on a first push.
    const isCaughtUp = source.catch_up && update !== undefined && !/^0+$/.test(update.old)
    Object.assign(push, { branch: source.branch, group, isDeploying: update !== undefined, isCaughtUp })
    const options = parsePushOptions(env)
    const agent = new AgentClient({ socket, group }, (sentence) => printLines(stderr, [sentence]))
    const pushed = await agent.request('push', { updates, from: callerAddress(env) })
    deploy = pushed.deploy
    printLines(stdout, [...unknownOptionLines(options, deploy), ...pushed.notes.map(plainText)])
    if (deploy !== null) {
      const formatter = new DeployLogFormatter(options.isQuiet ? 'steps' : 'all', pushLayout)
      await new DeployFollower(agent, deploy, createPlainViewer(formatter, stdout, stderr)).follow()
    }
  } catch (thrown) {
    printLines(stdout, deploy === null ? notDeployedLines(thrown, push) : notFollowedLines(thrown, deploy))
  }
  exitWhenFlushed(0, [stdout, stderr])
}
