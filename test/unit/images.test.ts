import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { forget, type Shelf } from '../../agent/edge/images.ts'
import type { Plan, Service } from '../../agent/engine.ts'

const [old, older, kept] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string]

describe('images of old revisions', () => {
  it('go by whatever they were called; those of others stay', async () => {
    const ours = [`shop:${old}`, `shop:${old}-worker`, `shop:${older}-web`, `mail:${old}`]
    const others = ['shop:web', `shop:${kept}`, `shop:v-${old}`, `db:${old}`, `host/shop:${old}`]
    const { docker, removed } = holding([...ours, ...others])
    assert.equal(await forget(docker, plan, [old, older]), ours.length)
    assert.deepEqual(removed, ours)
  })

  it('stay while a container uses them', async () => {
    const { docker } = holding([`shop:${old}`, `mail:${old}`], { [`shop:${old}`]: 409, [`mail:${old}`]: 404 })
    assert.equal(await forget(docker, plan, [old]), 0)
  })

  it('are not looked for where none is to go', async () => {
    const docker: Shelf = { listImages: () => assert.fail(), getImage: () => assert.fail() }
    assert.equal(await forget(docker, plan, []), 0)
  })
})

function service(name: string, image: string, built = true): Service {
  return { name, image, built, released: built, build: null, hash: '', replicas: 1, ports: [] }
}

const services = [service('web', 'shop:web'), service('mail', 'docker.io/library/mail'), service('db', 'db', false)]
const plan: Plan = { services, marks: {}, secrets: [], networks: [] }

/** An engine with images of these names. @param refusals by status code. */
function holding(names: string[], refusals: Record<string, number> = {}) {
  const removed: string[] = []
  const docker: Shelf = {
    listImages: async () => [{ RepoTags: names }, { RepoTags: null }],
    getImage: (name: string) => ({
      async remove() {
        const statusCode = refusals[name]
        if (statusCode) throw Object.assign(new Error('refused'), { statusCode })
        removed.push(name)
        return [{ Untagged: name }]
      },
    }),
  }
  return { docker, removed }
}
