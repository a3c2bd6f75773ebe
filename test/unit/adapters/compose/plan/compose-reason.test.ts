import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { engineWords, findReason } from '../../../../../agent/adapters/compose/plan/compose-reason.ts'

describe('the reason of a failure of compose', () => {
  it('is no warning and no progress', () => {
    const lines = [
      'time="2026-11-30T10:00:00Z" level=warning msg="The \\"WORD\\" variable is not set."',
      ' Container shop-web-1  Creating',
      'Error response from daemon: invalid CapAdd: unknown capability: "NONE"',
      'time="2026-11-30T10:00:01Z" level=warning msg="a network exists already"',
    ]
    const reason = findReason(lines)
    assert.equal(reason, 'Error response from daemon: invalid CapAdd: unknown capability: "NONE"')
    assert.equal(engineWords(reason), 'invalid CapAdd: unknown capability: "NONE"')
  })

  it('is the error rather than the line that repeats it', () => {
    const error = 'dependency failed to start: container shop-db-1 is unhealthy'
    assert.equal(findReason([error, 'Error: failed to start containers: 9f3c1a2']), error)
  })

  it("is an error of compose's own log", () => {
    assert.equal(findReason(['time="2026-11-30T10:00:00Z" level=fatal msg="no \\"web\\""']), 'no "web"')
  })

  it('is unknown if compose printed nothing else', () => {
    assert.equal(findReason([' Network shop_default  Created', '']), null)
  })
})
