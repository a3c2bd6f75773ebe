// Connects to a fake engine over HTTP that stays, goes away, or comes back before its loss is noticed.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import Docker from 'dockerode'
import { connectEngine } from '../../../../agent/adapters/engine/engine-connection.ts'
import { createScratchFolder } from '../../support/scratch.ts'

describe('a connection to the engine', () => {
  it('is not lost while the engine stays', async () => {
    assert.deepEqual(await stateAfter(() => {}), { lost: false, ended: false })
  })

  it('is lost when a restarted engine answers', async () => {
    assert.deepEqual(await stateAfter((events) => void events.end()), { lost: true, ended: true })
  })

  it('is lost when the engine does not answer', async () => {
    assert.deepEqual(await stateAfter((_events, ping) => void ping.destroy()), { lost: true, ended: false })
  })
})

/** Gives the state of a connection after the engine was asked. @param onPing the engine's reaction to a ping. */
async function stateAfter(
  onPing: (events: ServerResponse, ping: ServerResponse) => void,
): Promise<{ lost: boolean; ended: boolean }> {
  const socketPath = join(createScratchFolder(), 'docker.sock')
  let events: ServerResponse | undefined
  const engine = createServer((request, response) => {
    if (request.url?.startsWith('/events')) {
      events = response
      response.flushHeaders()
      return
    }
    if (events) onPing(events, response)
    response.end('OK')
  })
  engine.listen(socketPath)
  await once(engine, 'listening')
  using connection = await connectEngine(new Docker({ socketPath }), new AbortController().signal)
  const state = { lost: await connection.isLost(), ended: connection.ended }
  engine.closeAllConnections()
  engine.close()
  return state
}
