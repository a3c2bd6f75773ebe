import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  canonicalName,
  familiarName,
  nameOfRelease,
  replacedReference,
  revisionReference,
  revisionsFromTags,
} from '../../../../agent/adapters/compose/image-name.ts'

const revision = '9f3c1a2'.padEnd(40, '0')

describe('revisionReference', () => {
  for (const [image, expected] of [
    ['shop', `shop:${revision}`],
    ['host:5000/web:latest', `host:5000/web:${revision}`],
    ['host:5000/web:1.2', `host:5000/web:${revision}-1.2`],
    [`shop:${'t'.repeat(87)}`, `shop:${revision}-${'t'.repeat(87)}`],
    // Docker refuses a tag of more than 128 characters.
    [`shop:${'t'.repeat(88)}`, `shop:${revision}`],
  ] as const)
    it(`names ${image.slice(0, 30)} by its repository, the revision and a tag other than latest`, () =>
      assert.equal(revisionReference(image, revision), expected))

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

describe('nameOfRelease', () => {
  for (const [reference, expected] of [
    [`shop:${revision}`, 'shop:latest'],
    [`host:5000/shop:${revision}-1.2`, 'host:5000/shop:1.2'],
    [replacedReference('shop:1.2', revision, 'sha256:0123456789abcdef'), null],
    ['shop:1.2', null],
  ] as const)
    it(`is ${expected} for ${reference}`, () => assert.equal(nameOfRelease(reference), expected))
})

describe('canonicalName', () => {
  for (const [image, expected] of [
    ['shop', 'shop:latest'],
    ['docker.io/library/shop:latest', 'shop:latest'],
    ['docker.io/me/shop:1', 'me/shop:1'],
    ['host:5000/shop', 'host:5000/shop:latest'],
    ['nginx:1.27@sha256:abc', 'nginx@sha256:abc'],
  ] as const)
    it(`is ${expected} for ${image}`, () => assert.equal(canonicalName(image), expected))
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
