import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { AgentClient } from '../../../../client/rpc/agent-client.ts'
import { ClientError } from '../../../../client/rpc/client-error.ts'
import { FakeAgent } from '../../support/fake-agent.ts'
import { createScratchFolder } from '../../support/scratch.ts'

const liveOutcome = { deploy: 43, revision: 'a'.repeat(40), state: 'live', sentence: 'live', by: null, code: null }

describe('a query', () => {
  it('is repeated when the agent goes away before it answered', async () => {
    await using fake = await FakeAgent.start(
      (call) => call.disconnect(),
      (call) => call.answer([]),
    )
    const { agent, notices } = createClient(fake.socket)
    assert.deepEqual(await agent.query('history', {}), [])
    assert.deepEqual(notices, ['the agent restarts; waiting for it ...'])
  })

  it('ends with an error that has no id, since no other answer will come', async () => {
    await using fake = await FakeAgent.start((call) =>
      call.send({ id: null, error: { code: -32700, message: 'Parse error' } }),
    )
    await assert.rejects(createClient(fake.socket).agent.query('status', {}), {
      message: 'Parse error',
      kind: 'refused',
      exitCode: 1,
    })
  })

  it('gives up when the agent stays silent', async () => {
    await using fake = await FakeAgent.start(() => {})
    await assert.rejects(createClient(fake.socket, 20).agent.query('status', {}), /did not answer within 0.02 s/)
  })

  it('carries the code of a failure', async () => {
    await using fake = await FakeAgent.start((call) => call.refuse('There is no deploy 7.', 'no_such_deploy'))
    await assert.rejects(createClient(fake.socket).agent.query('history', {}), { code: 'no_such_deploy', exitCode: 1 })
  })
})

describe('a request', () => {
  it('is never sent twice when its answer is lost', async () => {
    await using fake = await FakeAgent.start((call) => call.disconnect())
    const request = createClient(fake.socket).agent.request('deploy', { revision: 'main' })
    await assert.rejects(request, { kind: 'lost', exitCode: 69, message: /Look: bptctl history$/ })
    assert.equal(fake.calls.length, 1)
  })

  it('is repeated when a stopping agent refused it', async () => {
    const accepted = { deploy: 44, revision: 'b'.repeat(40) }
    await using fake = await FakeAgent.start(
      (call) => call.refuse('The agent is stopping.', 'stopping'),
      (call) => call.answer(accepted),
    )
    assert.deepEqual(await createClient(fake.socket).agent.request('deploy', { revision: 'main' }), accepted)
  })

  it('is repeated when it is a push, which the agent accepts once', async () => {
    const pushed = { deploy: 43, notes: [] }
    await using fake = await FakeAgent.start(
      (call) => call.disconnect(),
      (call) => call.answer(pushed),
    )
    assert.deepEqual(await createClient(fake.socket).agent.request('push', { updates: [] }), pushed)
  })
})

describe('following a deploy', () => {
  it('continues after a restart of the agent where it stopped, without losing or repeating a line', async () => {
    await using fake = await FakeAgent.start(
      (call) => {
        call.sendLines(1, ['one', 'two'])
        call.disconnect()
      },
      (call) => {
        call.sendLines(2, ['two', 'three'])
        call.answer(liveOutcome)
      },
    )
    const receivedLines: string[] = []
    assert.deepEqual(
      await createClient(fake.socket).agent.follow(43, (lines) => receivedLines.push(...lines)),
      liveOutcome,
    )
    assert.deepEqual(receivedLines, ['one', 'two', 'three'])
    assert.deepEqual(fake.calls[1], { method: 'follow', params: { deploy: 43, from: 3 } })
  })

  it('gives up on an agent that does not come back', async () => {
    await using fake = await FakeAgent.start((call) => call.disconnect())
    await assert.rejects(
      createClient(fake.socket, 20).agent.follow(43, () => {}),
      { kind: 'lost', exitCode: 69 },
    )
  })
})

describe('an agent that cannot be reached', () => {
  it('is reported with the command that starts it when there is no socket', async () => {
    const query = createClient('/nonexistent/agent.sock').agent.query('status', {})
    const message = [
      'the deploy agent cannot be reached (/nonexistent/agent.sock: no such file).',
      'Running containers are not affected. Start the agent: sudo systemctl start bpt-deployer',
    ].join('\n')
    await assert.rejects(query, { message, exitCode: 69 })
  })

  it('is reported as refusing the connection when nobody listens on the socket', async () => {
    const directory = createScratchFolder()
    const socket = join(directory, 'dead.sock')
    await createDeadSocket(socket)
    await assert.rejects(createClient(socket).agent.query('status', {}), {
      exitCode: 69,
      message: /connection refused/,
    })
  })

  it('is reported to a user outside of the group with the command that adds the user', () => {
    const { exitCode, message } = ClientError.unreachable('/run/bpt-deployer.sock', 'EACCES', {
      user: 'ada',
      group: 'deployers',
    })
    assert.equal(exitCode, 77)
    assert.match(message, /^you are not in group deployers.*\nLog in again .*: sudo usermod -aG deployers ada$/)
  })
})

function createClient(socket: string, limit = 5000): { agent: AgentClient; notices: string[] } {
  const notices: string[] = []
  return { agent: new AgentClient({ socket, group: 'bpt' }, (sentence) => notices.push(sentence), limit), notices }
}

/** Leaves a socket file without a listener, as an agent that was killed leaves it. */
async function createDeadSocket(path: string): Promise<void> {
  const code = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  const child = spawn(process.execPath, ['-e', code])
  await new Promise((resolve) => child.once('exit', resolve))
}
