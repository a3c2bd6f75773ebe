import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { checkConfig } from '../../../agent/config.ts'
import { eventIds } from '../../../agent/protocol/event-id.ts'
import { parseRefUpdates } from '../../../client/hook/ref-updates.ts'

describe('the shipped catalog', () => {
  it('explains each kind of event by its own id, and no other', () => {
    const ids = [...shipped('catalog').matchAll(/^-- ([0-9a-f]{32})$/gm)].map(([, id]) => id)
    assert.deepEqual(ids.toSorted(), Object.values(eventIds).toSorted())
  })
})

describe('the shipped configuration', () => {
  it('says the defaults: with every # taken away it means what an empty file means', () => {
    const said = shipped('toml').replace(/^# (?=\[|[a-z]+ = )/gm, '')
    assert.deepEqual(checkConfig(said, 'shipped'), checkConfig('', 'empty'))
  })

  it('names every key that has a default', () => {
    const keys = (value: object): string[] =>
      Object.entries(value).flatMap(([key, inner]) => (typeof inner === 'object' ? [key, ...keys(inner)] : [key]))
    for (const key of keys(checkConfig('', 'empty'))) assert.match(shipped('toml'), new RegExp(`\\b${key}\\b`))
  })
})

describe('the ref updates of a push', () => {
  it('begin with the branch that deploys, and end where one message is full', () => {
    const zero = '0'.repeat(40)
    const tags = Array.from({ length: 20_000 }, (_, n) => `${zero} ${zero} refs/tags/${n}`)
    const updates = parseRefUpdates([...tags, `${zero} ${zero} refs/heads/main`, ''].join('\n'), 'main')
    assert.equal(updates[0]?.ref, 'refs/heads/main')
    assert.ok(Buffer.byteLength(JSON.stringify(updates)) < 1024 * 1024)
  })
})

function shipped(kind: 'catalog' | 'toml'): string {
  return readFileSync(`systemd/bpt-deployer.${kind}`, 'utf8')
}
