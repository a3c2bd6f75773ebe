import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  engineWords,
  findBuildReason,
  findReason,
  listErrorsFirst,
  sortOutput,
} from '../../../../agent/adapters/compose/compose-output.ts'

const unsetVariable = 'time="2026-11-30T10:00:00Z" level=warning msg="The \\"WORD\\" variable is not set."'

describe('the reason of a failure of compose', () => {
  it('is no warning and no progress', () => {
    const lines = [
      unsetVariable,
      ' Container shop-web-1  Creating',
      'Error response from daemon: invalid CapAdd: unknown capability: "NONE"',
      'time="2026-11-30T10:00:01Z" level=warning msg="a network exists already"',
    ]
    const reason = findReason(lines) ?? ''
    assert.equal(reason, 'Error response from daemon: invalid CapAdd: unknown capability: "NONE"')
    assert.equal(engineWords(reason), 'invalid CapAdd: unknown capability: "NONE"')
  })

  it('is no warning of docker, of its credential helpers or of the builder', () => {
    for (const warning of [
      'WARN[0000] /srv/compose.yml: `version` is obsolete',
      'time="2026-11-30T10:00:00Z" level=warning msg="Found orphan containers ([shop-db-1]) for this project."',
      'WARNING: Error loading config file: /root/.docker/config.json: permission denied',
      'WARNING! Your credentials are stored unencrypted',
      'DEPRECATED: The legacy builder is deprecated.\n            Install the buildx component:\n            https://x',
      '1 warning found (use docker --debug to expand):\n - FromAsCasing: keywords do not match (line 1)',
    ]) {
      const lines = [...warning.split('\n'), 'no such service: wbe']
      assert.equal(findReason(lines), 'no such service: wbe')
      assert.equal(findReason(lines.slice(0, -1)), null)
    }
  })

  it("is the first line before docker's help", () => {
    const lines = [
      'unknown flag: --ansi',
      "See 'docker --help'.",
      '',
      'Usage:  docker [OPTIONS] COMMAND',
      'Common Commands:',
      '  run  Create and run a container',
    ]
    assert.equal(findReason(lines), 'unknown flag: --ansi')
  })

  it('keeps all lines of an error, but is never a listing', () => {
    assert.equal(
      findReason(['validating compose.yml:', '\t* web has no image', '\t* db has no image']),
      'validating compose.yml:\n* web has no image\n* db has no image',
    )
    assert.equal(findReason(['panic: nil map', 'goroutine 1:', ' main.go:3']), 'panic: nil map')
    assert.equal(findReason(['a', 'b', 'c', 'd', 'e', 'f']), 'b\nc\nd\ne\nf')
    const refusal = 'Error response from daemon: a'
    assert.equal(findReason([refusal, 'b', 'c', 'd', 'e', 'f']), `${refusal}\nb\nc\nd\ne`)
    assert.equal(findReason(['  no such file']), 'no such file')
  })

  it('is the error rather than the line that repeats it', () => {
    const error = 'dependency failed to start: container shop-db-1 is unhealthy'
    assert.equal(findReason([error, 'Error: failed to start containers: 9f3c1a2']), error)
  })

  it("is an error of compose's own log", () => {
    assert.equal(findReason(['time="2026-11-30T10:00:00Z" level=fatal msg="no \\"web\\""']), 'no "web"')
    assert.equal(findReason(['ERRO[0001] no such file']), 'no such file')
  })

  it('is unknown if compose printed nothing else', () => {
    assert.equal(findReason([' Network shop_default  Created', '']), null)
  })
})

describe('the output of a failure', () => {
  it('begins with the whole error; its warnings follow, each once', () => {
    const lines = [unsetVariable, unsetVariable, 'services.web:', '  ports must be a list']
    assert.deepEqual(listErrorsFirst(lines), [
      'services.web:',
      '  ports must be a list',
      'warning: The "WORD" variable is not set.',
    ])
  })

  it('only counts the warnings that would hide the error', () => {
    const warnings = Array.from({ length: 7 }, (_, n) => `WARNING: ${n}`)
    assert.deepEqual(listErrorsFirst([...warnings, 'error']).slice(-2), ['warning: 4', '2 more warnings'])
    assert.equal(sortOutput(warnings).warnings.length, 7)
    assert.equal(listErrorsFirst(warnings.slice(1)).at(-1), '1 more warning')
    assert.equal(listErrorsFirst(warnings.slice(2)).at(-1), 'warning: 6')
  })
})

describe('the reason of a build that failed', () => {
  it('is the last word of BuildKit, else that of compose, but no output of a step', () => {
    const step = '#5 0.1 no such file'
    assert.equal(findBuildReason(['failed to solve: exit code: 1', step]), 'exit code: 1')
    assert.equal(findBuildReason(['no such service: wbe', step]), 'no such service: wbe')
    assert.equal(findBuildReason([step]), null)
  })
})
