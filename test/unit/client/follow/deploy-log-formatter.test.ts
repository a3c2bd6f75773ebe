import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatLogLine, type LogLine } from '../../../../agent/protocol/log-line.ts'
import type { DeployOutcome } from '../../../../agent/protocol/messages.ts'
import { DeployLogFormatter, type Verbosity } from '../../../../client/follow/deploy-log-formatter.ts'
import { runningStepLine } from '../../../../client/follow/live-viewer.ts'
import { noPaint } from '../../../../client/view/paint.ts'

const head: LogLine = { kind: 'head', text: 'deploy 43  51be07d "Fix the footer"  by ada' }
const broken: LogLine[] = [
  head,
  { kind: 'began', step: 'check out' },
  { kind: 'done', step: 'check out', took: '0.0 s', remark: '14 files changed since deploy 42' },
  { kind: 'began', step: 'build' },
  { kind: 'output', text: '#9 [server 4/5] RUN npm ci' },
  { kind: 'output', text: 'npm error code EUSAGE' },
  { kind: 'broke', step: 'build', took: '2.9 s', remark: 'failed (exit 17)' },
  { kind: 'bad', text: 'not deployed: the image of 51be07d did not build. Live is still 9f3c1a2.' },
]
const failed: DeployOutcome = {
  deploy: 43,
  revision: '51be07d'.padEnd(40, '0'),
  state: 'failed',
  sentence: 'not deployed',
  by: null,
  code: 'build_failed',
}

describe('the progress of a deploy', () => {
  it('streams the output of a step under its name, and closes the step with its time', () => {
    assert.deepEqual(shown('all', broken, failed), [
      'deploy 43  51be07d "Fix the footer"  by ada',
      '  check out            0.0 s   14 files changed since deploy 42',
      '  build',
      '    #9 [server 4/5] RUN npm ci',
      '    npm error code EUSAGE',
      '  build                2.9 s   failed (exit 17)',
      'not deployed: the image of 51be07d did not build. Live is still 9f3c1a2.',
      'whole log: bptctl log 43     again without a new commit: bptctl deploy 51be07d',
    ])
  })

  it('shows the output of a failed step even when it is told to show steps only', () => {
    assert.deepEqual(shown('steps', broken, failed).slice(2, 5), [
      '  build                2.9 s   failed (exit 17)',
      '    #9 [server 4/5] RUN npm ci',
      '    npm error code EUSAGE',
    ])
  })

  it('keeps to the last lines of a long output', () => {
    const outputs = Array.from({ length: 100 }, (_, n): LogLine => ({ kind: 'output', text: `line ${n}` }))
    const long = shown('steps', [
      { kind: 'began', step: 'build' },
      ...outputs,
      { kind: 'broke', step: 'build', took: '1.0 s', remark: '' },
    ])
    assert.equal(long.length, 13)
    assert.equal(long.at(-1), '    line 99')
  })

  it('says nothing of what a successful step printed when it is told to show steps only', () => {
    const lines: LogLine[] = [
      { kind: 'began', step: 'swap' },
      { kind: 'output', text: 'Container bpt-production  Started' },
      { kind: 'done', step: 'swap', took: '1.1 s', remark: '' },
    ]
    assert.deepEqual(shown('steps', lines), ['  swap                 1.1 s'])
  })

  it('says that it follows the deploy that superseded this one, with no hint to deploy again', () => {
    const text = 'superseded by deploy 44 (0a77c1e by bob), which contains it'
    const superseded: DeployOutcome = { ...failed, state: 'superseded', sentence: text, by: 44 }
    const lines: LogLine[] = [head, { kind: 'note', text: 'waits for deploy 42' }, { kind: 'good', text }]
    assert.deepEqual(shown('steps', lines, superseded, true), [
      'deploy 43  51be07d "Fix the footer"  by ada',
      '  waits for deploy 42',
      `  ${text}; following that one`,
    ])
  })

  it('puts a note of a step under its closing line', () => {
    const lines: LogLine[] = [
      { kind: 'began', step: 'services' },
      { kind: 'note', text: 'created the network prod-net' },
      { kind: 'done', step: 'services', took: '0.1 s', remark: 'none' },
    ]
    assert.deepEqual(shown('steps', lines), ['  services             0.1 s   none', '    created the network prod-net'])
  })

  it('lets no control sequence of an output reach a terminal', () => {
    const text = '\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b[2Jcleared\x08\x9b5n'
    assert.deepEqual(shown('all', [{ kind: 'output', text }]), ['    red cleared'])
  })

  it('shows of a line that overwrites itself its last state', () => {
    assert.deepEqual(shown('all', [{ kind: 'output', text: '10 %\r50 %\r100 %\r' }]), ['    100 %'])
  })
})

describe('the running step on a terminal', () => {
  it('counts its time and ends with the last line of its output, cut to the width of the terminal', () => {
    assert.equal(
      runningStepLine('build', 4200, 'fetching packages', 80, noPaint),
      '  build                4.2 s   fetching packages',
    )
    assert.equal(runningStepLine('build', 4200, 'fetching packages', 40, noPaint).length, 39)
  })
})

function shown(detail: Verbosity, lines: LogLine[], ended?: DeployOutcome, follows = false): string[] {
  const progress = new DeployLogFormatter(detail, noPaint)
  const printed = lines.flatMap((line) => progress.formatLine(formatLogLine(line, new Date())))
  return ended ? [...printed, ...progress.formatOutcome(ended, follows)] : printed
}
