import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ContainerStatus } from '../../../../agent/protocol/messages.ts'
import { containerTable } from '../../../../client/pages/container-table.ts'
import { fullHash, pageOf, sampleStatus } from '../../support/sample-deploys.ts'

describe('the table of containers', () => {
  it('is left out when there is no container', () => {
    assert.deepEqual(containerTable([], null, pageOf(80)), [])
  })

  it('names health, restarts and the state of a container that does not run', () => {
    assert.match(formatContainer({ health: 'unhealthy', restarts: 2 }), / unhealthy, 2 restarts {2}/)
    assert.match(formatContainer({ health: null, restarts: 1 }), / running, 1 restart {2}/)
    assert.match(formatContainer({ state: 'exited' }), / exited {2}/)
    assert.match(formatContainer({ state: 'missing' }), / missing$/)
  })

  it('names the revision of an image as its tag does', () => {
    assert.match(formatContainer({}), / bpt-server:9f3c1a2$/)
    assert.match(formatContainer({ image: 'shop:web' }), / shop:9f3c1a2-web$/)
    assert.match(formatContainer({ image: 'localhost:5000/shop' }), / localhost:5000\/shop:9f3c1a2$/)
  })

  it('marks an image that is not the expected one', () => {
    assert.match(formatContainer({ revisions: [] }), / bpt-server:latest of no known revision$/)
    assert.match(
      formatContainer({ latest: false }),
      / bpt-server:9f3c1a2, but bpt-server:latest names another image now$/,
    )
  })
})

function formatContainer(differences: Partial<ContainerStatus>): string {
  const [server] = sampleStatus().containers ?? []
  assert.ok(server)
  return containerTable([{ ...server, ...differences }], fullHash('9f3c1a2'), pageOf(132))[1] ?? ''
}
