import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { describe, it } from 'node:test'
import { notDeployedLines, notFollowedLines } from '../../../../client/hook/not-deployed.ts'
import { ClientError } from '../../../../client/rpc/client-error.ts'

const push = { branch: 'main', group: 'deployers', isDeploying: true, isCaughtUp: true }
const { username } = userInfo()

describe('the message about a push that the agent does not take', () => {
  it('says that the push is stored, and names the command for a pusher outside of the group', () => {
    const thrown = ClientError.unreachable('/run/x.sock', 'EACCES', { user: 'eve', group: 'deployers' })
    assert.deepEqual(notDeployedLines(thrown, push), [
      'your push is stored, but you may not use the deploy agent (/run/x.sock: permission denied).',
      `live is unchanged. An administrator adds you: sudo usermod -aG deployers ${username}`,
      'Then log in again and deploy on the server: bptctl deploy main',
    ])
  })

  it('says that nothing is pending when the push brings no commit to the branch that deploys', () => {
    const otherPush = { ...push, isDeploying: false, isCaughtUp: false }
    const first = 'your push is stored. It deploys nothing, since it brings no commit to main.'
    for (const [thrown, reason] of [
      [
        ClientError.unreachable('/run/x.sock', 'ECONNREFUSED', { user: 'eve', group: 'bpt' }),
        '/run/x.sock: connection refused',
      ],
      [
        ClientError.unreachable('/run/x.sock', 'EACCES', { user: 'eve', group: 'bpt' }),
        '/run/x.sock: permission denied',
      ],
      [ClientError.lost('the agent went away before it answered'), 'the agent went away before it answered'],
      [ClientError.refused('the agent is stopping; ask again.'), 'the agent is stopping; ask again'],
    ] as const)
      assert.deepEqual(notDeployedLines(thrown, otherPush), [
        first,
        `Nothing waits for the deploy agent, which gave no answer (${reason}).`,
      ])
  })

  it('promises that the agent deploys the push by itself if the agent catches up', () => {
    const thrown = ClientError.unreachable('/run/x.sock', 'ECONNREFUSED', { user: 'eve', group: 'bpt' })
    const [, start, next] = notDeployedLines(thrown, push)
    assert.equal(start, 'live is unchanged. Start the agent on the server: sudo systemctl start bpt-deployer')
    assert.match(next ?? '', /^It then deploys main by itself, unless the push was forced\.$/)
  })

  it('names the command if the agent does not catch up', () => {
    const thrown = ClientError.unreachable('/run/x.sock', 'ECONNREFUSED', { user: 'eve', group: 'bpt' })
    const [, start, next] = notDeployedLines(thrown, { ...push, isCaughtUp: false })
    assert.match(start ?? '', /start bpt-deployer$/)
    assert.match(next ?? '', /^Then deploy: bptctl deploy main$/)
  })

  it('tells the pusher to ask a busy agent again, not to start it', () => {
    const thrown = ClientError.unreachable('/run/x.sock', 'EAGAIN', { user: 'eve', group: 'bpt' })
    assert.deepEqual(notDeployedLines(thrown, push), [
      'your push is stored, but the deploy agent is busy (/run/x.sock: too many clients wait).',
      'live is unchanged. Deploy it later: bptctl deploy main',
    ])
  })

  it('shows the refusal of the agent without its escape sequences', () => {
    assert.deepEqual(notDeployedLines(ClientError.refused('The agent is\x1b[2J stopping.'), push), [
      'your push is stored, but not deployed: The agent is stopping.',
      'live is unchanged. Deploy it later: bptctl deploy main',
    ])
  })

  it('names a mistake in the configuration', () => {
    assert.deepEqual(notDeployedLines(new Error('keep.logs is not a number'), push), [
      'your push is stored, but not deployed: keep.logs is not a number',
      'live is unchanged. Deploy it later: bptctl deploy main',
    ])
  })
})

describe('the message about a deploy that can be followed no longer', () => {
  it('says that the deploy is accepted, and names the command that shows it', () => {
    assert.deepEqual(notFollowedLines(ClientError.lost('the agent went away before it answered'), 43), [
      'deploy 43 is accepted, but cannot be followed: the agent went away before it answered',
      'Look again: bptctl log 43 -f',
    ])
  })
})
