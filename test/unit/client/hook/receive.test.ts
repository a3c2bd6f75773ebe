import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { FakeAgent } from '../../support/fake-agent.ts'
import { answerDeploy, liveOutcome, revision, runClient, writeConfig } from '../../support/run-client.ts'

describe('the program of the hook', () => {
  it('hands the ref updates on and shows the deploy', async () => {
    await using fake = await FakeAgent.start(
      (call) => call.answer({ deploy: 43, notes: ['a note'] }),
      answerDeploy(liveOutcome),
    )
    const { code, out } = await receive(fake)
    assert.equal(code, 0)
    assert.equal(out, 'a note\ndeploy 43\n  build         1.0 s\nlive: 51be07d\n')
    const update = { old: '0'.repeat(40), new: revision, ref: 'refs/heads/main' }
    assert.deepEqual(fake.calls[0], { method: 'push', params: { updates: [update], from: '192.0.2.7' } })
  })

  it('prints the notes alone for a push that deploys nothing', async () => {
    await using fake = await FakeAgent.start((call) => call.answer({ deploy: null, notes: ['nothing is deployed'] }))
    assert.equal((await receive(fake)).out, 'nothing is deployed\n')
  })

  it('names an unknown push option and continues', async () => {
    await using fake = await FakeAgent.start(
      (call) => call.answer({ deploy: 43, notes: [] }),
      answerDeploy(liveOutcome),
    )
    const { out } = await receive(fake, fake.socket, 'qiuet')
    assert.match(
      out,
      /^unknown push option "qiuet", known is: quiet; deploy 43 continues\ndeploy 43\n[\s\S]*live: 51be07d\n$/,
    )
  })

  it('says that the push is stored when no agent can be reached, and exits 0', async () => {
    await using fake = await FakeAgent.start()
    const { code, out } = await receive(fake, '/nonexistent.sock', 'quiet', 'b'.repeat(40))
    assert.equal(code, 0)
    assert.deepEqual(out.split('\n'), [
      'your push is stored, but the deploy agent cannot be reached (/nonexistent.sock: no such file).',
      'live is unchanged. Start the agent on the server: sudo systemctl start bpt-deployer',
      'It then deploys main by itself, unless the push was forced.',
      '',
    ])
  })

  it('promises nothing after a first push, on which the agent does not catch up', async () => {
    await using fake = await FakeAgent.start()
    const { out } = await receive(fake, '/nonexistent.sock')
    assert.match(out, /: sudo systemctl start bpt-deployer\nThen deploy: bptctl deploy main\n$/)
  })

  it('names no deploy after a deletion of the branch that deploys', async () => {
    await using fake = await FakeAgent.start()
    const updates = `${revision} ${'0'.repeat(40)} refs/heads/main\n`
    const { out } = await runClient('client/hook/receive.ts', [writeConfig(fake, '/nonexistent.sock')], updates)
    assert.match(out, /^your push is stored\. It deploys nothing, .*\nNothing waits for the deploy agent, .*\n$/)
  })

  it('claims nothing about a push whose answer was lost', async () => {
    await using fake = await FakeAgent.start((call) => call.disconnect())
    assert.match((await receive(fake)).out, /nobody knows whether its deploy was accepted.*\n.*bptctl history/)
  })

  it('ends without a message when the pusher has left', async () => {
    await using fake = await FakeAgent.start(
      (call) => call.answer({ deploy: 43, notes: ['a note'] }),
      answerDeploy(liveOutcome),
    )
    const child = spawn(process.execPath, ['client/hook/receive.ts', writeConfig(fake)])
    child.stdout.destroy()
    child.stdin.end(`${'0'.repeat(40)} ${revision} refs/heads/main\n`)
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    assert.deepEqual([code, err], [0, ''])
  })
})

function receive(fake: FakeAgent, socket = fake.socket, option = 'quiet', oldHash = '0'.repeat(40)) {
  const updates = `${oldHash} ${revision} refs/heads/main\n`
  return runClient('client/hook/receive.ts', [writeConfig(fake, socket)], updates, {
    SSH_CONNECTION: '192.0.2.7 1 192.0.2.1 22',
    GIT_PUSH_OPTION_COUNT: '1',
    GIT_PUSH_OPTION_0: option,
  })
}
