// Waits for a drain with a fake engine over HTTP that cannot tell which connections are open.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import Docker from 'dockerode'
import { ImageBuilder } from '../../../../agent/adapters/build/image-builder.ts'
import { createComposeCli } from '../../../../agent/adapters/compose/compose-cli.ts'
import { createDockerEngine } from '../../../../agent/adapters/engine/docker-engine.ts'
import { createScratchFolder } from '../../support/scratch.ts'
import { createService } from '../../support/services.ts'

const web = createService('web', { ports: [{ target: 80, published: 80, address: null }] })

describe('the wait for a drain', () => {
  it('ends in time when the engine does not answer', async () => {
    await waitForDrain(() => {}, 30)
  })

  it('takes all of its time and does not fail when the engine answers with an error', async () => {
    const order: string[] = []
    await Promise.all([
      sleep(30).then(() => order.push('a shorter time')),
      waitForDrain((response) => response.writeHead(500).end('{"message": "broken"}'), 60).then(() =>
        order.push('its time'),
      ),
    ])
    assert.deepEqual(order, ['a shorter time', 'its time'])
  })
})

async function waitForDrain(answer: (response: ServerResponse) => void, maxMs: number): Promise<void> {
  const scratch = createScratchFolder()
  writeFileSync(join(scratch, 'project-name'), 'shop')
  const socketPath = join(scratch, 'docker.sock')
  const server = createServer((_, response) => answer(response)).listen(socketPath)
  await once(server, 'listening')
  const docker = new Docker({ socketPath })
  const compose = createComposeCli({ workTree: scratch, files: [], scratch, env: {} })
  const builder = new ImageBuilder(docker, compose, scratch, scratch)
  const engine = createDockerEngine({ docker, compose, builder, workTree: '/w', readinessPath: () => null })
  try {
    await engine.waitForDrain([web], maxMs)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
