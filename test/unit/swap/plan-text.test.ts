import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ComposePlan, ExistingContainer, PlannedContainer } from '../../../agent/interfaces/engine/compose-plan.ts'
import { planText } from '../../../agent/swap/plan-text.ts'

describe('the text of a plan', () => {
  it('names the services by their changes', () => {
    assert.equal(
      textOf(['web-1', 'redis-1'], { created: ['web-1', 'db-1'], removed: ['web-1', 'redis-1'] }),
      ['db created', 'web replaced', 'redis removed'].join('; '),
    )
    assert.equal(textOf(['web-1'], {}), 'nothing to swap: same image, same configuration')
  })

  it('names the containers where a service only gets another number of replicas', () => {
    const running = ['worker-1', 'worker-2']
    assert.equal(textOf(running, { created: ['worker-3'] }), 'worker-3 created')
    assert.equal(textOf(running, { removed: ['worker-2'] }), 'worker-2 removed')
    assert.equal(textOf(running, { removed: running }), 'worker removed')
    assert.equal(
      textOf(running, { created: ['worker-1', 'worker-2', 'worker-3'], removed: running }),
      'worker replaced',
    )
  })
})

/** Writes the plan of a project; the service of a container is the first part of its name. */
function textOf(running: string[], { created = [], removed = [] }: { created?: string[]; removed?: string[] }): string {
  const toContainer = (name: string) => ({ id: name, name, service: name.split('-')[0] ?? '' })
  const plan: Pick<ComposePlan, 'created' | 'removed' | 'restarted'> = {
    created: created.map((name) => ({ ...toContainer(name), id: `new ${name}` }) as PlannedContainer),
    removed: removed.map((id) => ({ id, withVolumes: false })),
    restarted: [],
  }
  const containers = running.map((name) => toContainer(name) as ExistingContainer)
  return planText({ plan: plan as ComposePlan, snapshot: { project: 'shop', containers, networks: [] } })
}
