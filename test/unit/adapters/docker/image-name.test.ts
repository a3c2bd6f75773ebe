import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { familiarName, revisionReference, revisionsFromTags } from '../../../../agent/adapters/docker/image-name.ts'

const revision = '9f3c1a2'.padEnd(40, '0')
const createBuiltImage = (image: string) => ({ image, isBuilt: true })

describe('revisionReference', () => {
  it('names an image by its repository and the revision', () => {
    const services = [
      createBuiltImage('host:5000/web:latest'),
      createBuiltImage('host:5000/worker:v2'),
      { image: 'host:5000/web:db', isBuilt: false },
    ]
    assert.deepEqual(
      services.slice(0, 2).map((service) => revisionReference(service, services, revision)),
      [`host:5000/web:${revision}`, `host:5000/worker:${revision}`],
    )
  })

  it('gives services with the same image the same name', () => {
    const services = [createBuiltImage('shop'), createBuiltImage('shop:latest')]
    assert.equal(revisionReference(services[0] ?? createBuiltImage(''), services, revision), `shop:${revision}`)
  })

  it('appends the tag if images share a repository, and revisionsFromTags reads such names', () => {
    const services = [createBuiltImage('shop:web'), createBuiltImage('shop:worker')]
    const names = services.map((service) => revisionReference(service, services, revision))
    assert.deepEqual(names, [`shop:${revision}-web`, `shop:${revision}-worker`])
    assert.deepEqual(
      revisionsFromTags([...names, 'shop:web', `shop:${revision}`, `other:x${revision}`]),
      Array(3).fill(revision),
    )
  })

  it('is read back for revisions of 40 or 64 digits, and for no other length', () => {
    const long = revision.padEnd(64, '1')
    const others = [`${revision}0`, revision.slice(1), `${long}0`, `${revision}_web`, `${revision}-`]
    assert.deepEqual(revisionsFromTags([revision, long, `${long}-web`, ...others].map((tag) => `shop:${tag}`)), [
      revision,
      long,
      long,
    ])
  })
})

describe('familiarName', () => {
  for (const [full, shown] of [
    ['docker.io/library/web', 'web'],
    ['index.docker.io/library/web', 'web'],
    ['docker.io/somebody/web', 'somebody/web'],
    ['host:5000/docker.io/web', 'host:5000/docker.io/web'],
    ['docker-io/web', 'docker-io/web'],
    ['library/web', 'web'],
    ['docker.io/web', 'web'],
    ['docker.io/library/a/b', 'library/a/b'],
    ['host:5000/library/web', 'host:5000/library/web'],
  ] as const)
    it(`shows ${full} as ${shown}`, () => assert.equal(familiarName(full), shown))
})
