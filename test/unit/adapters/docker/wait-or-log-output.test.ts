import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import Docker from 'dockerode'
import { waitOrLogOutput } from '../../../../agent/adapters/docker/wait-or-log-output.ts'
import { Failure } from '../../../../agent/protocol/failure.ts'
import { silentContext } from '../../support/step-context.ts'

const container = { id: 'a1', container: 'web' }

describe('waitOrLogOutput', () => {
  it('gives the name of the container and the result of the wait', async () => {
    const { ctx, notes } = createContext()
    assert.equal(await waitOrLogOutput(createEngine(''), container, async () => 'is healthy', ctx), 'web is healthy')
    assert.deepEqual(notes, [])
  })

  it('notes the last lines of a container that fails', async () => {
    const { ctx, notes } = createContext()
    const waiting = waitOrLogOutput(createEngine('starting\nno database\n'), container, failedWait, ctx)
    await assert.rejects(waiting, { code: 'unhealthy', message: 'web does not become healthy: it ended with exit 3.' })
    assert.deepEqual(notes, ['last lines of web:', '  starting', '  no database'])
  })

  it('notes that a container printed nothing', async () => {
    const { ctx, notes } = createContext()
    await assert.rejects(waitOrLogOutput(createEngine(''), container, failedWait, ctx), { code: 'unhealthy' })
    assert.deepEqual(notes, ['web printed nothing'])
  })

  it('notes that the log cannot be read, and fails with the reason of the container', async () => {
    const { ctx, notes } = createContext()
    const message = 'configured logging driver does not support reading'
    const logs = () => Promise.reject(Object.assign(new Error(message), { statusCode: 501, json: { message } }))
    const waiting = waitOrLogOutput(createEngine('', logs), container, failedWait, ctx)
    await assert.rejects(waiting, { message: 'web does not become healthy: it ended with exit 3.' })
    assert.deepEqual(notes, [`the log of web cannot be read: ${message}`])
  })

  it('notes the lines that were kept of a container whose log cannot be read', async () => {
    const { ctx, notes } = createContext()
    const message = 'configured logging driver does not support reading'
    const logs = () => Promise.reject(Object.assign(new Error(message), { statusCode: 501, json: { message } }))
    const kept = { ...container, keptLines: () => ['no database'] }
    await assert.rejects(waitOrLogOutput(createEngine('', logs), kept, failedWait, ctx), { code: 'unhealthy' })
    assert.deepEqual(notes, ['last lines of web:', '  no database'])
  })

  it('says that somebody else removed the container', async () => {
    const removed = () => Promise.reject(Object.assign(new Error('No such container: web'), { statusCode: 404 }))
    const waiting = waitOrLogOutput(createEngine(''), container, removed, createContext().ctx)
    await assert.rejects(waiting, { code: 'disturbed', message: /somebody else removed the new container of web/ })
  })

  it('says that somebody else stopped the container, or stopped and removed it', async () => {
    for (const isRemoved of [true, false]) {
      const engine = createEngine('')
      const event = { Action: 'kill', Actor: { Attributes: { signal: '15' } } }
      const wait = () => (isRemoved ? Promise.resolve() : Promise.reject(new Error('no removal')))
      const getContainer = engine.getContainer.bind(engine)
      Object.assign(engine, {
        getContainer: (id: string) => ({ ...getContainer(id), wait }),
        getEvents: async () => Readable.from([`${JSON.stringify(event)}\n`]),
      })
      const waiting = waitOrLogOutput(engine, container, failedWait, createContext().ctx)
      await assert.rejects(waiting, {
        code: 'disturbed',
        message: new RegExp(`somebody else ${isRemoved ? 'removed' : 'stopped'} the new container of web`),
      })
    }
  })

  it('says that somebody else restarted the container, but not that its restart policy did', async () => {
    for (const isForeign of [true, false]) {
      const engine = createEngine('')
      const kill = { Action: 'kill', Actor: { Attributes: { signal: '15' } } }
      const events = [{ Action: 'start' }, ...(isForeign ? [kill] : []), { Action: 'start' }]
      const StartedAt = new Date(Date.now() + 60_000).toISOString()
      const state = { Id: 'a1', State: { Running: true, StartedAt }, Config: { Tty: false } }
      const getContainer = engine.getContainer.bind(engine)
      Object.assign(engine, {
        getContainer: (id: string) => ({ ...getContainer(id), inspect: async () => state }),
        getEvents: async () => Readable.from(events.map((event) => `${JSON.stringify(event)}\n`)),
      })
      const waiting = waitOrLogOutput(engine, container, failedWait, createContext().ctx)
      await assert.rejects(waiting, {
        code: isForeign ? 'disturbed' : 'unhealthy',
        message: isForeign ? /somebody else restarted the new container of web/ : /it ended with exit 3/,
      })
    }
  })

  it('fails with an error of the connection to Docker, which says nothing about the container', async () => {
    const { ctx, notes } = createContext()
    const lost = Object.assign(new Error('connect ENOENT'), { code: 'ENOENT' })
    await assert.rejects(
      waitOrLogOutput(createEngine(''), container, () => Promise.reject(lost), ctx),
      lost,
    )
    assert.deepEqual(notes, [])
  })

  it('adds to the reason that the time limit was reached', async () => {
    const { ctx, stop } = createContext()
    stop.abort(Failure.of('too_slow', { step: 'verify', seconds: 30 }))
    const waiting = waitOrLogOutput(createEngine(''), container, failedWait, ctx)
    await assert.rejects(waiting, {
      message: 'web does not become healthy: it ended with exit 3, until the time limit was reached.',
    })
  })

  it('fails with the reason of any other abort, without a note', async () => {
    const { ctx, notes, stop } = createContext()
    const reason = Failure.of('cancelled', { by: 'ada', step: 'swap' })
    stop.abort(reason)
    await assert.rejects(waitOrLogOutput(createEngine('line\n'), container, failedWait, ctx), reason)
    assert.deepEqual(notes, [])
  })
})

async function failedWait(): Promise<string> {
  throw new Error('it ended with exit 3')
}

function createContext() {
  const notes: string[] = []
  const stop = new AbortController()
  const note = async (text: string) => void notes.push(text)
  return { ctx: { ...silentContext, signal: stop.signal, note }, notes, stop }
}

/** Creates an engine with one container. @param output printed to stdout, which Docker sends in one frame. */
function createEngine(output: string, logs = async () => frame(output)): Docker {
  const state = { Id: 'a1', State: { Running: false, StartedAt: new Date().toISOString() }, Config: { Tty: false } }
  const getContainer = () => ({ inspect: async () => state, logs })
  return Object.assign(new Docker(), { getContainer, getEvents: async () => Readable.from([]) })
}

function frame(output: string): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt8(1)
  header.writeUInt32BE(output.length, 4)
  return Buffer.concat([header, Buffer.from(output)])
}
