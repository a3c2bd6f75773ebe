import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { checkConfig } from '../../../agent/config.ts'
import { eventIds } from '../../../agent/protocol/event-id.ts'

describe('the shipped catalog', () => {
  it('explains each kind of event by its own id, and no other', () => {
    const ids = [...readShippedFile('catalog').matchAll(/^-- ([0-9a-f]{32})$/gm)].map(([, id]) => id)
    assert.deepEqual(ids.toSorted(), Object.values(eventIds).toSorted())
  })
})

describe('the shipped configuration', () => {
  it('says the defaults: without its # marks it means the same as an empty file', () => {
    const uncommented = readShippedFile('toml').replace(/^# (?=\[|[a-z]+ = )/gm, '')
    assert.deepEqual(checkConfig(uncommented, 'shipped'), checkConfig('', 'empty'))
  })

  it('names every key that has a default', () => {
    const keys = (value: object): string[] =>
      Object.entries(value).flatMap(([key, inner]) => (typeof inner === 'object' ? [key, ...keys(inner)] : [key]))
    for (const key of keys(checkConfig('', 'empty')))
      assert.ok(
        new RegExp(`\\b${key}\\b`).test(readShippedFile('toml')),
        `\`${key}\` is missing in systemd/bpt-deployer.toml`,
      )
  })
})

function readShippedFile(kind: 'catalog' | 'toml'): string {
  return readFileSync(`systemd/bpt-deployer.${kind}`, 'utf8')
}
