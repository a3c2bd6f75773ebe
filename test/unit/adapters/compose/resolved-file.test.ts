import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseResolved, toBuildFile } from '../../../../agent/adapters/compose/resolved-file.ts'

const printed =
  '{"services": {"web": {"build": {"args": {"A": "$$HOME"}, "labels": {"a$$b": "5$$"}}}, "db": {"image": "d"}}}'

describe('the output of compose', () => {
  it('is read with each dollar sign as it is in the container', () => {
    assert.deepEqual(parseResolved('{"a$$b": "$$x", "c": "$$$$"}'), { a$b: '$x', c: '$$' })
  })

  it('becomes a file to build from that differs only in the names of images', () => {
    assert.deepEqual(JSON.parse(toBuildFile(printed, { web: 'web:1' })), {
      services: {
        // Compose reads `$$` as `$` in values, and keeps keys as they are.
        web: { build: { args: { A: '$$HOME' }, labels: { a$b: '5$$' } }, image: 'web:1' },
        db: { image: 'd' },
      },
    })
  })
})
