import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import Docker from 'dockerode'
import { OutputTails } from '../../../../../agent/adapters/docker/failures/output-tails.ts'

describe('OutputTails', () => {
  it('keeps the last lines of a container without a log, also of frames that come in parts', async () => {
    const { tails, output } = createTails()
    tails.remember(inspect('none'))
    await tails.attach('web')
    const bytes = Buffer.concat([frame('starting\n'), frame('no database\n')])
    for (const part of [bytes.subarray(0, 3), bytes.subarray(3, 20), bytes.subarray(20)]) output.write(part)
    await new Promise(setImmediate)
    assert.deepEqual(tails.lastLines('web'), ['starting', 'no database'])
    tails.release('web')
    assert.deepEqual([tails.lastLines('web'), output.destroyed], [null, true])
  })

  it('reads the output of a terminal as it is', async () => {
    const { tails, output } = createTails()
    tails.remember(inspect('none', true))
    await tails.attach('web')
    output.write('no database\r\n')
    await new Promise(setImmediate)
    assert.deepEqual(tails.lastLines('web'), ['no database'])
  })

  it('begins anew at each start, and outlives a lost connection', async () => {
    const { tails, output, outputs } = createTails()
    tails.remember(inspect('none'))
    await tails.attach('web')
    output.write(frame('first life\n'))
    await tails.attach('web')
    const [, second] = outputs
    assert.deepEqual([output.destroyed, tails.lastLines('web')], [true, []])
    second?.write(frame('second life\n'))
    await new Promise(setImmediate)
    second?.destroy(new Error('connection reset'))
    await new Promise(setImmediate)
    assert.deepEqual(tails.lastLines('web'), ['second life'])
  })

  it('does not read the output of a container that has a log', async () => {
    const { tails } = createTails()
    tails.remember(inspect('json-file'))
    await tails.attach('web')
    assert.equal(tails.lastLines('web'), null)
  })
})

function createTails() {
  const output = new PassThrough()
  const outputs: PassThrough[] = []
  const attach = async () => {
    const next = outputs.length === 0 ? output : new PassThrough()
    outputs.push(next)
    return next
  }
  const docker = Object.assign(new Docker(), { getContainer: () => ({ attach }) })
  return { tails: new OutputTails(docker), output, outputs }
}

function inspect(Type: string, Tty = false) {
  return { Id: 'web', HostConfig: { LogConfig: { Type, Config: {} } }, Config: { Tty } }
}

function frame(text: string): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt8(1)
  header.writeUInt32BE(text.length, 4)
  return Buffer.concat([header, Buffer.from(text)])
}
