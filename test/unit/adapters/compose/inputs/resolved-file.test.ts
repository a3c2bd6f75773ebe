import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  defineOptionalServices,
  parseResolved,
  toBuildFile,
} from '../../../../../agent/adapters/compose/inputs/resolved-file.ts'

const printed =
  '{"services": {"web": {"build": {"args": {"A": "$$HOME"}, "labels": {"a$$b": "5$$"}}}, "db": {"image": "d"}}}'

describe('the output of compose', () => {
  it('is read with each dollar sign as it is in the container', () => {
    assert.deepEqual(parseResolved('{"a$$b": "$$x", "c": "$$$$"}'), { a$b: '$x', c: '$$' })
  })

  it('becomes a file to build from that differs only in the names of images', () => {
    assert.deepEqual(JSON.parse(toBuildFile(printed, [{ service: 'web', image: 'web:1', contexts: {} }])), {
      services: {
        // Compose reads `$$` as `$` in values, and keeps keys as they are.
        web: { build: { args: { A: '$$HOME' }, labels: { a$b: '5$$' } }, image: 'web:1' },
        db: { image: 'd' },
      },
    })
  })

  it('gets further build contexts for images that are built from those of other services', () => {
    const own = '{"services": {"web": {"build": {"additional_contexts": {"assets": "/a", "base": "service:base"}}}}}'
    const contexts = { base: 'docker-image://base:1' }
    const { services } = JSON.parse(toBuildFile(own, [{ service: 'web', image: 'web:1', contexts }]))
    assert.deepEqual(services.web.build.additional_contexts, { assets: '/a', base: 'docker-image://base:1' })
  })
})

describe('an optional dependency whose profile is not active', () => {
  it('is defined, since compose refuses its own output without it', () => {
    const printed =
      '{"name": "x", "services": {"web": {"depends_on": {"db": {}, "debug": {"required": false}}}, "db": {}}}'
    assert.deepEqual(JSON.parse(defineOptionalServices(printed)).services.debug, { image: 'none' })
  })

  it('changes nothing where all services are there', () => {
    assert.equal(defineOptionalServices(printed), printed)
  })
})
