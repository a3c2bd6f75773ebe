import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { familiarName, revisionReference, revisionsFromTags } from '../../../../agent/adapters/docker/image-name.ts'

const revision = '9f3c1a2'.padEnd(40, '0')
const built = (image: string) => ({ image, isBuilt: true })

describe('the name of an image of a revision', () => {
  it('is its repository with the revision', () => {
    const services = [
      built('host:5000/web:latest'),
      built('host:5000/worker:v2'),
      { image: 'host:5000/web:db', isBuilt: false },
    ]
    assert.deepEqual(
      services.slice(0, 2).map((one) => revisionReference(one, services, revision)),
      [`host:5000/web:${revision}`, `host:5000/worker:${revision}`],
    )
  })

  it('is one for services that run the same image', () => {
    const services = [built('shop'), built('shop:latest')]
    assert.equal(revisionReference(services[0] ?? built(''), services, revision), `shop:${revision}`)
  })

  it('tells images apart that share a repository', () => {
    const services = [built('shop:web'), built('shop:worker')]
    const names = services.map((one) => revisionReference(one, services, revision))
    assert.deepEqual(names, [`shop:${revision}-web`, `shop:${revision}-worker`])
    assert.deepEqual(
      revisionsFromTags([...names, 'shop:web', `shop:${revision}`, `other:x${revision}`]),
      Array(3).fill(revision),
    )
  })

  it('tells of revisions of either length, and of nothing longer or shorter', () => {
    const long = revision.padEnd(64, '1')
    const others = [`${revision}0`, revision.slice(1), `${long}0`, `${revision}_web`, `${revision}-`]
    assert.deepEqual(revisionsFromTags([revision, long, `${long}-web`, ...others].map((tag) => `shop:${tag}`)), [
      revision,
      long,
      long,
    ])
  })
})

describe('a repository', () => {
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
    it(`${full} is shown as ${shown}`, () => assert.equal(familiarName(full), shown))
})
