// An engine that stays, one that went away, and one that is back before it is missed: over HTTP, by a server of our own.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import Docker from 'dockerode'
import { connectEngine } from '../../../../agent/adapters/engine/engine-connection.ts'
import { createScratchFolder } from '../../support/scratch.ts'

describe('a tie to the engine', () => {
  it('is not lost while the engine stays', async () => {
    assert.deepEqual(await lost(() => {}), { lost: false, ended: false })
  })

  it('is lost when the next engine answers the question whether it is', async () => {
    assert.deepEqual(await lost((events) => void events.end()), { lost: true, ended: true })
  })

  it('is lost when nobody answers', async () => {
    assert.deepEqual(await lost((_events, ping) => void ping.destroy()), { lost: true, ended: false })
  })
})

/** Whether a tie is lost, and was heard to end, by what an engine does with its stream of events when it is asked. */
async function lost(
  asked: (events: ServerResponse, ping: ServerResponse) => void,
): Promise<{ lost: boolean; ended: boolean }> {
  const socketPath = join(createScratchFolder(), 'docker.sock')
  let events: ServerResponse | undefined
  const engine = createServer((request, response) => {
    if (request.url?.startsWith('/events')) {
      events = response
      response.flushHeaders()
      return
    }
    if (events) asked(events, response)
    response.end('OK')
  })
  engine.listen(socketPath)
  await once(engine, 'listening')
  using held = await connectEngine(new Docker({ socketPath }), new AbortController().signal)
  const is = { lost: await held.isLost(), ended: held.ended }
  engine.closeAllConnections()
  engine.close()
  return is
}
