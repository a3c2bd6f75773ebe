import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { formatLogLine } from '../../../agent/protocol/log-line.ts'
import type { Deploy, DeployOutcome } from '../../../agent/protocol/messages.ts'
import { FakeAgent } from '../support/fake-agent.ts'
import {
  answerDeploy,
  liveOutcome,
  logLines,
  revision,
  runBptctl,
  runClient,
  writeConfig,
} from '../support/run-client.ts'
import { sampleDeploy, sampleStatus } from '../support/sample-deploys.ts'

describe('bptctl', () => {
  it('exits 2 and shows the usage for a command that it does not know', async () => {
    await using fake = await FakeAgent.start()
    const { code, err } = await runBptctl(fake, 'dploy')
    assert.equal(code, 2)
    assert.match(err, /Did you mean deploy/)
  })

  it('exits 2 and names the help of the command that is used in a wrong way', async () => {
    await using fake = await FakeAgent.start()
    assert.deepEqual(await runBptctl(fake, 'deploy'), {
      code: 2,
      out: '',
      err: "error: missing required argument 'revision'\n(see bptctl deploy --help)\n",
    })
  })

  it('exits 2 and names each mistake of a wrong configuration, with its line', async () => {
    await using fake = await FakeAgent.start()
    const file = join(fake.directory, 'wrong.toml')
    writeFileSync(file, 'user = 7\n[limits]\nbuild = 0\n')
    const { code, err } = await runClient('client/main.ts', ['--config', file, 'status'])
    assert.equal(code, 2)
    assert.equal(
      err,
      `${file} has 2 problems:\n  line 1, user: must be a string, not 7\n  line 3, limits.build: must be at least 1 second (found 0)\n`,
    )
  })

  it('exits 69 and names the command to type when no agent is there', async () => {
    await using fake = await FakeAgent.start()
    const { code, err } = await runClient('client/main.ts', [
      '--config',
      writeConfig(fake, '/nonexistent.sock'),
      'status',
    ])
    assert.equal(code, 69)
    assert.match(err, /sudo systemctl start bpt-deployer/)
  })

  it('exits 1 with the sentence of an agent that refuses', async () => {
    await using fake = await FakeAgent.start((call) => call.refuse('There is no revision x.', 'no_such_revision'))
    assert.deepEqual(await runBptctl(fake, 'deploy', 'x'), { code: 1, out: '', err: 'There is no revision x.\n' })
  })

  it('exits 0 when the deploy that it follows goes live', async () => {
    await using fake = await FakeAgent.start(answerDeploy(liveOutcome))
    const { code, out } = await runBptctl(fake, 'deploy', 'main')
    assert.equal(code, 0)
    assert.equal(out, 'deploy 43\n  build         1.0 s\nlive: 51be07d\n')
  })

  it('exits 1 when the deploy fails', async () => {
    await using fake = await FakeAgent.start(answerDeploy({ ...liveOutcome, state: 'failed' }))
    assert.equal((await runBptctl(fake, 'deploy', 'main')).code, 1)
  })

  it('exits with the result of the deploy that superseded its own', async () => {
    const superseded: DeployOutcome = { ...liveOutcome, state: 'superseded', by: 44 }
    await using fake = await FakeAgent.start(
      answerDeploy(superseded),
      answerDeploy(superseded),
      answerDeploy({ ...liveOutcome, deploy: 44, state: 'failed' }),
    )
    assert.equal((await runBptctl(fake, 'deploy', 'main')).code, 1)
    assert.deepEqual(fake.calls.at(-1), { method: 'follow', params: { deploy: 44, from: 1 } })
  })

  for (const args of [
    ['deploy', 'main'],
    ['log', '43', '-f', '--raw'],
  ])
    it(`leaves a deploy to itself on Ctrl-C during bptctl ${args.join(' ')}, and says how to look again`, async () => {
      await using fake = await FakeAgent.start(
        (call) => call.answer(call.method === 'deploy' ? { deploy: 43, revision } : [createRecord(fake)]),
        (call) => call.sendLines(1, logLines),
      )
      const child = spawn(process.execPath, ['client/main.ts', '--config', writeConfig(fake), ...args])
      child.stdout.once('data', () => child.kill('SIGINT'))
      const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
      assert.equal(code, 130)
      assert.equal(err, 'deploy 43 continues without you. Look again: bptctl log 43 -f\n')
    })

  it('does not wait for the outcome with --no-follow', async () => {
    await using fake = await FakeAgent.start(answerDeploy(liveOutcome))
    const { code, out } = await runBptctl(fake, 'deploy', 'main', '--no-follow')
    assert.deepEqual({ code, out }, { code: 0, out: 'deploy 43 of 51be07d is accepted. Follow it: bptctl log 43 -f\n' })
  })

  for (const [args, name] of [
    [['deploy', 'main'], 'of'],
    [['rollback', '42'], 'back to'],
  ] as const)
    it(`names a pause, for which the deploy waits, after bptctl ${args[0]} --no-follow`, async () => {
      const pause = { by: 'ada', reason: 'the database moves', since: 1 }
      await using fake = await FakeAgent.start(
        (call) => call.answer({ deploy: 43, revision, image: true }),
        (call) =>
          call.answer({ ...sampleStatus(), pause, waitingCount: 1, waiting: [sampleDeploy(43, '51be07d', 'ada')] }),
      )
      const { code, out } = await runBptctl(fake, ...args, '--no-follow')
      assert.equal(code, 0)
      assert.equal(
        out,
        `deploy 43 ${name} 51be07d is accepted and waits: deploys are paused by ada (the database moves). Continue: bptctl resume\n`,
      )
    })

  it('says that a deploy is accepted with --no-follow, even if the agent goes away then', async () => {
    await using fake = await FakeAgent.start(
      (call) => call.answer({ deploy: 43, revision }),
      (call) => call.refuse('the agent is stopping', 'stopping'),
    )
    const { code, out } = await runBptctl(fake, 'deploy', 'main', '--no-follow')
    assert.deepEqual({ code, out }, { code: 0, out: 'deploy 43 of 51be07d is accepted. Follow it: bptctl log 43 -f\n' })
  })

  for (const option of ['--no-cache', '--build'])
    it(`asks for images built without the cache with ${option}`, async () => {
      await using fake = await FakeAgent.start(answerDeploy(liveOutcome))
      assert.equal((await runBptctl(fake, 'deploy', 'main', option, '--no-follow')).code, 0)
      assert.deepEqual(fake.calls[0], { method: 'deploy', params: { revision: 'main', build: true } })
    })

  it('prints the log of a deploy that has ended', async () => {
    await using fake = await FakeAgent.start((call) => call.answer([createRecord(fake)]))
    writeFileSync(
      join(fake.directory, 'log'),
      `${[...logLines, formatLogLine({ kind: 'good', text: 'live: 51be07d' }, new Date())].join('\n')}\n`,
    )
    const { code, out } = await runBptctl(fake, 'log', '43')
    assert.equal(code, 0)
    assert.equal(out, 'deploy 43\n  build         1.0 s\nlive: 51be07d\n')
  })

  for (const [state, code] of [
    ['live', 0],
    ['failed', 1],
    ['cancelled', 1],
  ] as const)
    it(`exits ${code} after the raw log of a deploy that is ${state} in the end`, async () => {
      await using fake = await FakeAgent.start(
        (call) => call.answer([createRecord(fake)]),
        answerDeploy({ ...liveOutcome, state }),
      )
      const followed = await runBptctl(fake, 'log', '-f', '--raw')
      assert.deepEqual([followed.code, followed.out], [code, `${logLines.join('\n')}\n`])
    })

  it('exits 1 for the log of a deploy that does not exist', async () => {
    await using fake = await FakeAgent.start((call) => call.answer([]))
    assert.deepEqual(await runBptctl(fake, 'log', '7'), {
      code: 1,
      out: '',
      err: 'there is no deploy 7. Look: bptctl history\n',
    })
  })

  it('names the newest deploy when the log of a later number is asked for', async () => {
    await using fake = await FakeAgent.start((call) => call.answer([createRecord(fake)]))
    const { err } = await runBptctl(fake, 'log', '99')
    assert.equal(err, 'there is no deploy 99; the newest is 43. Look: bptctl history\n')
  })

  it('prints the sentence of an agent without its escape sequences', async () => {
    await using fake = await FakeAgent.start((call) => call.refuse('No\x1b[2J \x9b31mrevision\nx.', 'no_such_revision'))
    assert.equal((await runBptctl(fake, 'deploy', 'x')).err, 'No revision\nx.\n')
  })

  it('prints JSON in which no control character is raw', async () => {
    const subject = 'a\x9b2Jb\x7f'
    await using fake = await FakeAgent.start((call) => call.answer([{ ...createRecord(fake), subject }]))
    const { out } = await runBptctl(fake, 'history', '--json')
    assert.doesNotMatch(out, /[\x7f-\x9f]/)
    assert.equal(JSON.parse(out)[0].subject, subject)
  })

  it('ends without a message when the reader of its output has left', async () => {
    await using fake = await FakeAgent.start((call) => call.answer(Array(100).fill(createRecord(fake))))
    const child = spawn(process.execPath, ['client/main.ts', '--config', writeConfig(fake), 'history', '--json'])
    child.stdout.destroy()
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    assert.deepEqual([code, err], [141, ''])
  })
})

function createRecord(fake: FakeAgent): Pick<Deploy, 'id' | 'revision' | 'state' | 'log'> {
  return { id: 43, revision, state: 'live', log: join(fake.directory, 'log') }
}
