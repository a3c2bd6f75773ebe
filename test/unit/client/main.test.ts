import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { formatLogLine, type LogLine } from '../../../agent/protocol/log-line.ts'
import type { Deploy, DeployOutcome } from '../../../agent/protocol/messages.ts'
import { type Call, FakeAgent } from '../support/fake-agent.ts'

const revision = '51be07d'.padEnd(40, '0')
const ended: DeployOutcome = { deploy: 43, revision, state: 'live', sentence: 'live: 51be07d', by: null, code: null }

describe('bptctl', () => {
  it('exits 2 and shows the usage for a command it does not know', async () => {
    await using fake = await FakeAgent.start()
    const { code, err } = await bptctl(fake, 'dploy')
    assert.equal(code, 2)
    assert.match(err, /Did you mean deploy/)
  })

  it('exits 69 and names the command to type when no agent is there', async () => {
    await using fake = await FakeAgent.start()
    const { code, err } = await run('client/main.ts', ['--config', config(fake, '/nonexistent.sock'), 'status'])
    assert.equal(code, 69)
    assert.match(err, /sudo systemctl start bpt-deployer/)
  })

  it('exits 1 with the sentence of an agent that says no', async () => {
    await using fake = await FakeAgent.start((call) => call.refuse('There is no revision x.', 'no_such_revision'))
    assert.deepEqual(await bptctl(fake, 'deploy', 'x'), { code: 1, out: '', err: 'There is no revision x.\n' })
  })

  it('exits 0 when the deploy that it follows goes live', async () => {
    await using fake = await FakeAgent.start(deploys(ended))
    const { code, out } = await bptctl(fake, 'deploy', 'main')
    assert.equal(code, 0)
    assert.equal(out, 'deploy 43\n  build                1.0 s\nlive: 51be07d\n')
  })

  it('exits 1 when the deploy fails', async () => {
    await using fake = await FakeAgent.start(deploys({ ...ended, state: 'failed' }))
    assert.equal((await bptctl(fake, 'deploy', 'main')).code, 1)
  })

  it('exits as the deploy that superseded its own', async () => {
    const superseded: DeployOutcome = { ...ended, state: 'superseded', by: 44 }
    await using fake = await FakeAgent.start(
      deploys(superseded),
      deploys(superseded),
      deploys({ ...ended, deploy: 44, state: 'failed' }),
    )
    assert.equal((await bptctl(fake, 'deploy', 'main')).code, 1)
    assert.deepEqual(fake.calls.at(-1), { method: 'follow', params: { deploy: 44, from: 1 } })
  })

  it('leaves a deploy to itself on Ctrl-C, and says how to look again', async () => {
    await using fake = await FakeAgent.start(
      (call) => call.answer({ deploy: 43, revision }),
      (call) => call.sendLines(1, log),
    )
    const child = spawn(process.execPath, ['client/main.ts', '--config', config(fake), 'deploy', 'main'])
    child.stdout.once('data', () => child.kill('SIGINT'))
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    assert.equal(code, 130)
    assert.equal(err, 'deploy 43 goes on without you. Look again: bptctl log 43 -f\n')
  })

  it('does not wait for the outcome when told not to follow', async () => {
    await using fake = await FakeAgent.start(deploys(ended))
    const { code, out } = await bptctl(fake, 'deploy', 'main', '--no-follow')
    assert.deepEqual({ code, out }, { code: 0, out: 'deploy 43 of 51be07d is accepted. Follow it: bptctl log 43 -f\n' })
  })

  it('asks for images from scratch when told to build', async () => {
    await using fake = await FakeAgent.start(deploys(ended))
    assert.equal((await bptctl(fake, 'deploy', 'main', '--build', '--no-follow')).code, 0)
    assert.deepEqual(fake.calls.at(-1), { method: 'deploy', params: { revision: 'main', build: true } })
  })

  it('prints the log of a deploy that has ended', async () => {
    await using fake = await FakeAgent.start((call) => call.answer([recorded(fake)]))
    writeFileSync(
      join(fake.directory, 'log'),
      `${[...log, formatLogLine({ kind: 'good', text: 'live: 51be07d' }, new Date())].join('\n')}\n`,
    )
    const { code, out } = await bptctl(fake, 'log', '43')
    assert.equal(code, 0)
    assert.equal(out, 'deploy 43\n  build                1.0 s\nlive: 51be07d\n')
  })

  for (const [state, code] of [
    ['live', 0],
    ['failed', 1],
    ['cancelled', 1],
  ] as const)
    it(`exits ${code} after the raw log of a deploy that is ${state} in the end`, async () => {
      await using fake = await FakeAgent.start((call) => call.answer([recorded(fake)]), deploys({ ...ended, state }))
      const followed = await bptctl(fake, 'log', '-f', '--raw')
      assert.deepEqual([followed.code, followed.out], [code, `${log.join('\n')}\n`])
    })

  it('exits 1 for the log of a deploy that there is not', async () => {
    await using fake = await FakeAgent.start((call) => call.answer([]))
    assert.deepEqual(await bptctl(fake, 'log', '7'), {
      code: 1,
      out: '',
      err: 'There is no deploy 7. Look: bptctl history\n',
    })
  })

  it('ends quietly when nobody reads on', async () => {
    await using fake = await FakeAgent.start((call) => call.answer(Array(100).fill(recorded(fake))))
    const child = spawn(process.execPath, ['client/main.ts', '--config', config(fake), 'history', '--json'])
    child.stdout.destroy()
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    assert.deepEqual([code, err], [141, ''])
  })
})

describe("the hook's viewer", () => {
  it('hands the ref updates on and shows the deploy', async () => {
    await using fake = await FakeAgent.start((call) => call.answer({ deploy: 43, notes: ['a note'] }), deploys(ended))
    const { code, out } = await receive(fake)
    assert.equal(code, 0)
    assert.equal(out, 'a note\ndeploy 43\n  build                1.0 s\nlive: 51be07d\n')
    const update = { old: '0'.repeat(40), new: revision, ref: 'refs/heads/main' }
    assert.deepEqual(fake.calls[0], { method: 'push', params: { updates: [update], from: '192.0.2.7' } })
  })

  it('prints the notes alone for a push that deploys nothing', async () => {
    await using fake = await FakeAgent.start((call) => call.answer({ deploy: null, notes: ['nothing is deployed'] }))
    assert.equal((await receive(fake)).out, 'nothing is deployed\n')
  })

  it('says that the push is stored when no agent is there, and exits 0', async () => {
    await using fake = await FakeAgent.start()
    const { code, out } = await receive(fake, '/nonexistent.sock')
    assert.equal(code, 0)
    assert.deepEqual(out.split('\n'), [
      'your push is stored, but the deploy agent cannot be reached (/nonexistent.sock: no such file).',
      'live is unchanged. On the server: sudo systemctl start bpt-deployer; it will deploy main by itself',
      '',
    ])
  })

  it('claims nothing about a push whose answer was lost', async () => {
    await using fake = await FakeAgent.start((call) => call.disconnect())
    assert.match((await receive(fake)).out, /nobody knows whether its deploy was accepted.*\n.*bptctl history/)
  })

  it('ends quietly when the pusher is gone', async () => {
    await using fake = await FakeAgent.start((call) => call.answer({ deploy: 43, notes: ['a note'] }), deploys(ended))
    const child = spawn(process.execPath, ['client/hook/receive.ts', config(fake)])
    child.stdout.destroy()
    child.stdin.end(`${'0'.repeat(40)} ${revision} refs/heads/main\n`)
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    assert.deepEqual([code, err], [0, ''])
  })
})

const log = (
  [
    { kind: 'head', text: 'deploy 43' },
    { kind: 'began', step: 'build' },
    { kind: 'done', step: 'build', took: '1.0 s', remark: '' },
  ] satisfies LogLine[]
).map((line) => formatLogLine(line, new Date()))

function deploys(outcome: DeployOutcome): (call: Call) => void {
  return (call) => {
    if (call.method === 'deploy') return call.answer({ deploy: 43, revision })
    call.sendLines(1, log)
    call.answer(outcome)
  }
}

function recorded(fake: FakeAgent): Pick<Deploy, 'id' | 'revision' | 'state' | 'log'> {
  return { id: 43, revision, state: 'live', log: join(fake.directory, 'log') }
}

function config(fake: FakeAgent, socket = fake.socket): string {
  const file = join(fake.directory, 'bpt-deployer.toml')
  writeFileSync(file, `socket = ${JSON.stringify(socket)}\n`)
  return file
}

function bptctl(fake: FakeAgent, ...args: string[]) {
  return run('client/main.ts', ['--config', config(fake), ...args])
}

function receive(fake: FakeAgent, socket = fake.socket) {
  const updates = `${'0'.repeat(40)} ${revision} refs/heads/main\n`
  return run('client/hook/receive.ts', [config(fake, socket)], updates, {
    SSH_CONNECTION: '192.0.2.7 1 192.0.2.1 22',
    GIT_PUSH_OPTION_COUNT: '1',
    GIT_PUSH_OPTION_0: 'quiet',
  })
}

async function run(program: string, args: string[], input = '', env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, SSH_CONNECTION: '', ...env } })
  child.stdin.end(input)
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, out, err }
}
