import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readPlanFacts } from '../../../../../agent/adapters/compose/plan/plan-facts.ts'

describe('the facts for a plan', () => {
  it('contain the dependencies of each service', () => {
    const depends_on = {
      db: { condition: 'service_healthy', required: true, restart: true },
      cache: { condition: 'service_started', required: false },
    }
    const { dependencies } = readPlanFacts(JSON.stringify({ services: { web: { depends_on }, db: {}, cache: null } }))
    assert.deepEqual(dependencies, {
      web: {
        db: { condition: 'service_healthy', isRequired: true, restartsDependent: true },
        cache: { condition: 'service_started', isRequired: false, restartsDependent: false },
      },
      db: {},
      cache: {},
    })
  })

  it('name settings by which compose acts outside of the engine', () => {
    const services = { web: { post_start: [{ command: 'true' }], use_api_socket: false }, model: { provider: {} } }
    const { planFacts } = readPlanFacts(JSON.stringify({ services }))
    assert.deepEqual(planFacts.obstacles, ['web has post_start', 'model has provider'])
    assert.deepEqual(planFacts.startHooks, ['web'])
  })

  it('tell contents of secrets and configurations that no file holds', () => {
    const hasInlineContents = (sections: object) => readPlanFacts(JSON.stringify(sections)).planFacts.hasInlineContents
    assert.equal(hasInlineContents({ secrets: { token: { environment: 'TOKEN' } } }), true)
    assert.equal(hasInlineContents({ configs: { site: { content: 'word' } } }), true)
    assert.equal(hasInlineContents({ secrets: { token: { file: '/token' } }, configs: {} }), false)
  })

  it('tell services that mount an image', () => {
    const mountsImages = (type: string) =>
      readPlanFacts(JSON.stringify({ services: { web: { volumes: [{ type, source: 'x', target: '/x' }] }, db: {} } }))
        .planFacts.mountsImages
    assert.deepEqual([mountsImages('image'), mountsImages('bind')], [true, false])
  })
})
