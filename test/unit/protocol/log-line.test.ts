import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { durationText, formatLogLine, type LogLine, parseLogLine } from '../../../agent/protocol/log-line.ts'

const at = new Date(2026, 10, 22, 14, 2, 3, 7)

describe('a line of the log', () => {
  const lines: LogLine[] = [
    { kind: 'head', text: 'deploy 42  9f3c1a2 "Show the tutor\'s name"  by ada' },
    { kind: 'began', step: 'check out' },
    { kind: 'output', text: '  #9 [server 4/5]  RUN npm ci' },
    { kind: 'output', text: '' },
    { kind: 'done', step: 'check out', took: '0.1 s', remark: '' },
    { kind: 'done', step: 'verify', took: '2 min 5 s', remark: 'bpt-production  is healthy' },
    { kind: 'broke', step: 'build', took: '2.9 s', remark: 'the image did not build (exit 17).' },
    { kind: 'note', text: 'waits for deploy 41' },
    { kind: 'good', text: 'live: 9f3c1a2' },
    { kind: 'bad', text: 'not deployed: it broke' },
    { kind: 'good', text: 'live: 9f3c1a2', end: { state: 'live' } },
    { kind: 'bad', text: 'not deployed: it broke', end: { state: 'failed', code: 'build_failed' } },
    { kind: 'good', text: 'superseded by deploy 44', end: { state: 'superseded', by: 44 } },
    { kind: 'bad', text: 'cancelled by ada', end: { state: 'cancelled' } },
  ]
  for (const line of lines)
    it(`is read as it was written: ${line.kind} ${JSON.stringify(line)}`, () =>
      assert.deepEqual(parseLogLine(formatLogLine(line, at)), line))

  it('begins with the local time to the millisecond', () =>
    assert.equal(formatLogLine({ kind: 'began', step: 'build' }, at), '14:02:03.007 > build'))

  it('is read as output if it has no known form', () => {
    for (const text of ['', 'nonsense', '14:02:03.007 ? build', '14:02:03 > build'])
      assert.deepEqual(parseLogLine(text), { kind: 'output', text })
  })
})

describe('a duration', () => {
  for (const [ms, written] of [
    [0, '0.0 s'],
    [6_240, '6.2 s'],
    [119_499, '119.5 s'],
    [119_500, '2 min 0 s'],
    [125_000, '2 min 5 s'],
  ] as const)
    it(`is written as ${written} for ${ms} ms`, () => assert.equal(durationText(ms), written))
})
