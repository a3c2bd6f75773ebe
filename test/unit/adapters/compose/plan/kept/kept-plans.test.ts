import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PlanRecord } from '../../../../../../agent/adapters/compose/plan/guard/plan-record.ts'
import {
  findKeptPlan,
  type PretendPlan,
  recordKeptPlans,
} from '../../../../../../agent/adapters/compose/plan/kept/kept-plans.ts'
import type { StackState } from '../../../../../../agent/adapters/compose/plan/kept/stack-state.ts'
import type { ComposeProject } from '../../../../../../agent/interfaces/engine/compose-project.ts'
import { createService, noPlanFacts } from '../../../../support/services.ts'

const services = [createService('web'), createService('worker'), createService('db', { isBuilt: false })]
const project: ComposeProject = { name: 'shop', services, labels: {}, secrets: [], networks: [], ...noPlanFacts }

describe('kept plans', () => {
  it('are recorded for no changed image, for all built images, and for each of a few', async () => {
    const asked: string[][] = []
    await keep((images) => {
      asked.push([...images.keys()])
      return pretend(images)
    })
    assert.deepEqual(asked, [[], ['web', 'worker'], ['web'], ['worker']])
  })

  it('get the ids of the built images', async () => {
    const kept = await keep(pretend)
    assert.equal(bodyOf(kept, stateOf({ web: 'sha256:b' }), 'web')?.Labels.image, 'sha256:b')
    assert.equal(bodyOf(kept, stateOf({ web: 'sha256:b' }), 'worker'), undefined)
    assert.equal(bodyOf(kept, stateOf({ web: 'sha256:b', worker: 'sha256:c' }), 'worker')?.Labels.image, 'sha256:c')
  })

  it('contain an empty plan for a deploy that changes nothing', async () => {
    const kept = await keep(pretend)
    assert.deepEqual(kept && findKeptPlan(kept, stateOf({}))?.toPlan({}).created, [])
  })

  it('are not used after a change of the stack, of an image that is not built, or of its volumes', async () => {
    const kept = await keep(pretend)
    assert.ok(kept)
    assert.equal(findKeptPlan(kept, { ...stateOf({ web: 'sha256:b' }), key: 'other' }), null)
    assert.equal(findKeptPlan(kept, stateOf({ db: 'sha256:b' })), null)
    assert.equal(findKeptPlan(kept, stateOf({ web: 'sha256:b' }, '["/data"]')), null)
  })

  it('are not recorded while compose would change something', async () => {
    assert.equal(await keep(() => pretend(new Map([['web', 'sha256:b']]))), null)
  })

  it('are not recorded for services that mount images', async () => {
    const mounting = { ...project, planFacts: { ...project.planFacts, mountsImages: true } }
    assert.equal(await recordKeptPlans(mounting, async () => stateOf({}), pretend), null)
  })

  it('are not recorded if the stack changes meanwhile', async () => {
    const keys = ['a', 'b']
    const readState = async () => ({ ...stateOf({}), key: keys.shift() ?? '' })
    assert.equal(await recordKeptPlans(project, readState, pretend), null)
  })

  it('leave out a plan with contents, with a new network, or with the id of a new container', async () => {
    const changes: ((record: PlanRecord) => void)[] = [
      (record) => record.created.get('web')?.archives.push({ url: '', body: Buffer.of() }),
      (record) => record.networks.push('shop_new'),
      (record) => {
        const body = record.created.get('web')?.body
        if (body) body.HostConfig.NetworkMode = 'container:web'
      },
    ]
    for (const change of changes) {
      const kept = await keep(async (images) => {
        const record = await pretend(images)
        if (record?.created.has('web')) change(record)
        return record
      })
      assert.equal(kept && findKeptPlan(kept, stateOf({ web: 'sha256:b' })), null)
      assert.ok(kept && findKeptPlan(kept, stateOf({ worker: 'sha256:b' })))
    }
  })
})

function keep(pretendPlan: PretendPlan) {
  return recordKeptPlans(project, async () => stateOf({}), pretendPlan)
}

/** Replaces the container of each changed image. */
const pretend: PretendPlan = async (images) => {
  const record = new PlanRecord()
  for (const [service, image] of images) {
    const body = { Image: 'none', Labels: { image }, HostConfig: {} }
    const container = { id: service, name: `shop-${service}-1`, service, replaces: `old ${service}`, createUrl: '' }
    record.created.set(service, { ...container, body, connections: [], archives: [] })
  }
  return record
}

/** @param changed images with another id than in the state that was kept. */
function stateOf(changed: Record<string, string>, volumes = '[]'): StackState {
  const images = ['web', 'worker', 'db'].map((name) => [name, { id: changed[name] ?? 'sha256:a', volumes }] as const)
  return { key: 'key', images: new Map(images) }
}

function bodyOf(kept: Awaited<ReturnType<typeof keep>>, state: StackState, service: string) {
  return (kept && findKeptPlan(kept, state))?.created.get(service)?.body
}
