// Tests volumes over pushes, put back and rollback: no content is lost, no container gets an empty volume, and nothing
// is left behind.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { findPlannedChanges } from './support/plain-compose.ts'
import { pushFailing, pushLive, rollBack } from './support/reader-stack.ts'
import { createSite } from './support/site.ts'
import { commitServers, configureAgent, type ServerBehaviour, webCompose } from './support/swap-stack.ts'

const site = await createSite('data-volumes')
const { vm } = site
after(() => site.close())

const folders = ['/short', '/long', '/image', '/named']

const stack = `${webCompose(`    environment: {LEVEL: "1"}
    volumes:
      - /short
      - {type: volume, target: /long}
      - named:/named
`)}
  store:
    image: node:26-slim
    init: true
    container_name: store
    stop_signal: SIGKILL
    command: sleep infinity
    environment: {LEVEL: "1"}
    volumes: ["/short", {type: volume, target: /long}, "named:/named"]
volumes:
  named: {}
`
const nextLevel = stack.replaceAll('"1"', '"2"')

function commit(version: string, compose = stack, behaviour: ServerBehaviour = 'healthy'): Promise<string> {
  return commitServers(site, version, { web: behaviour }, compose, 'VOLUME /image\n')
}

/** Asserts the contents of all volumes, that compose would change nothing, and the number of volumes. */
async function assertVolumesKept(): Promise<void> {
  for (const container of ['web', 'store'])
    for (const folder of folders.filter((name) => container === 'web' || name !== '/image')) {
      const { stdout } = await vm.run(`docker exec ${container} cat ${folder}/note`)
      assert.equal(stdout.trim(), `${folder} ${folder === '/named' ? 'of both' : `of ${container}`}`)
    }
  // Three anonymous volumes of web, two of store, a named one of both.
  assert.equal((await vm.run('docker volume ls -q | wc -l')).stdout.trim(), '6')
  assert.deepEqual(await findPlannedChanges(vm), [])
}

before(async () => {
  await configureAgent(vm, '')
  await commit('one')
  await pushLive(site)
  for (const container of ['web', 'store'])
    for (const folder of folders) {
      const owner = folder === '/named' ? 'of both' : `of ${container}`
      await vm.run(`docker exec ${container} sh -c 'test ! -d ${folder} || echo "${folder} ${owner}" > ${folder}/note'`)
    }
})

describe('anonymous and named volumes', () => {
  it('hold what the containers wrote', () => assertVolumesKept())

  it('keep it over a push of code', async () => {
    for (const version of ['two', 'three']) {
      await commit(version)
      await pushLive(site)
      await assertVolumesKept()
    }
  })

  it('keep it over a push of configuration, and over one of both', async () => {
    await commit('three', nextLevel)
    await pushLive(site)
    await assertVolumesKept()
    await commit('four')
    await pushLive(site)
    await assertVolumesKept()
  })

  it('keep it over a failed deploy that is put back', async () => {
    await commit('five', nextLevel, 'exits')
    await pushFailing(site)
    await assertVolumesKept()
    assert.equal(await site.fetchVersion(), 'four')
  })

  it('keep it over the deploy after it, and over a rollback', async () => {
    await commit('six', nextLevel)
    await pushLive(site)
    await assertVolumesKept()
    await rollBack(site)
    assert.equal(await site.fetchVersion(), 'four')
    await assertVolumesKept()
  })

  it('keep it over a standby, which gets volumes of its own and leaves none behind', async () => {
    await configureAgent(vm, '[swap]\nstrategy = "standby"')
    await commit('seven')
    await pushLive(site)
    await assertVolumesKept()
  })
})
