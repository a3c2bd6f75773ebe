import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { describe, it } from 'node:test'
import { notDeployedLines, notFollowedLines } from '../../../../client/hook/not-deployed.ts'
import { ClientError } from '../../../../client/rpc/client-error.ts'

const push = { branch: 'main', group: 'deployers', isDeploying: true, isCaughtUp: true }
const { username } = userInfo()

describe('a push that the agent does not take', () => {
  it('is stored, and names the command for a pusher outside of the group', () => {
    const thrown = ClientError.unreachable('/run/x.sock', 'EACCES', { user: 'eve', group: 'deployers' })
    assert.deepEqual(notDeployedLines(thrown, push), [
      'your push is stored, but you may not use the deploy agent (/run/x.sock: permission denied).',
      `live is unchanged. On the server: sudo usermod -aG deployers ${username}, log in again, then: bptctl deploy main`,
    ])
  })

  it('is not promised to deploy by itself when it is of another branch', () => {
    const thrown = ClientError.unreachable('/run/x.sock', 'ECONNREFUSED', { user: 'eve', group: 'bpt' })
    assert.deepEqual(notDeployedLines(thrown, { ...push, isDeploying: false, isCaughtUp: false }), [
      'your push is stored, but the deploy agent cannot be reached (/run/x.sock: connection refused).',
      'live is unchanged. On the server: sudo systemctl start bpt-deployer',
    ])
  })

  it('is promised to deploy by itself where the agent catches up', () => {
    const thrown = ClientError.unreachable('/run/x.sock', 'ECONNREFUSED', { user: 'eve', group: 'bpt' })
    const [, next] = notDeployedLines(thrown, push)
    assert.match(next ?? '', /start bpt-deployer; it will deploy main by itself, unless the push was forced$/)
  })

  it('names the command where the agent does not catch up', () => {
    const thrown = ClientError.unreachable('/run/x.sock', 'ECONNREFUSED', { user: 'eve', group: 'bpt' })
    const [, next] = notDeployedLines(thrown, { ...push, isCaughtUp: false })
    assert.match(next ?? '', /start bpt-deployer, then: bptctl deploy main$/)
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

describe('a deploy that can be followed no longer', () => {
  it('is accepted, and names the command that shows it', () => {
    assert.deepEqual(notFollowedLines(ClientError.lost('the agent went away before it answered'), 43), [
      'deploy 43 is accepted, but cannot be followed: the agent went away before it answered',
      'Look again: bptctl log 43 -f',
    ])
  })
})
