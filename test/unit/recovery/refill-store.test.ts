import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openDeployStore } from '../../../agent/adapters/sqlite/sqlite-deploy-store.ts'
import { refillStore } from '../../../agent/recovery/refill-store.ts'
import { createNewDeploy } from '../support/new-deploy.ts'
import { createScratchFolder } from '../support/scratch.ts'

const createLog = (id: number) => ({
  path: `/logs/${id}`,
  name: `2026-11-22 14:02:0${id} ${String(id).repeat(40)} ada`,
  firstLine: `14:02:03.007 : deploy ${id}  1111111 "Say \\"hello\\""  by ada`,
  lastLine: '14:02:09.007 = live: 1',
})
const findLogs = async () => [createLog(1), createLog(2)]

describe('a store that was lost', () => {
  it('takes deploys from their logs after its database was damaged, and says where the damaged file is', async () => {
    const store = openDeployStore(createDamagedDatabase())
    const loss = await refillStore(store, findLogs)
    assert.match(loss ?? '', /^the record of deploys was damaged and is set aside as .*damaged-.*; 2 deploys were /)
    assert.equal(store.liveDeploy()?.id, 2)
  })

  it('takes deploys from their logs at the next start if the agent died before it took them', async () => {
    const path = createDamagedDatabase()
    openDeployStore(path).close()
    const store = openDeployStore(path)
    assert.equal(
      await refillStore(store, findLogs),
      'the record of deploys was lost; 2 deploys were restored from their logs',
    )
    assert.equal(store.liveDeploy()?.id, 2)
  })

  it('takes all deploys or none', () => {
    const store = openDeployStore(':memory:')
    const deploy = store.addDeploy(createNewDeploy('a'))
    assert.throws(() => store.importDeploys([{ ...deploy, id: 2 }, deploy]))
    assert.equal(store.newestDeploy()?.id, 1)
  })
})

describe('a store that was not lost', () => {
  it('reads no logs when it has a deploy', async () => {
    const store = openDeployStore(':memory:')
    store.addDeploy(createNewDeploy('a'))
    assert.equal(await refillStore(store, () => assert.fail()), null)
  })

  it('stays empty, without a message, before the first deploy', async () => {
    const store = openDeployStore(':memory:')
    assert.equal(await refillStore(store, async () => []), null)
  })
})

function createDamagedDatabase(): string {
  const path = join(createScratchFolder(), 'deploys.sqlite')
  writeFileSync(path, 'this was a database once, and is none any more'.repeat(100))
  return path
}
