import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatLogLine, type LogLine } from '../../../../agent/protocol/log-line.ts'
import type { DeployOutcome } from '../../../../agent/protocol/messages.ts'
import { DeployLogFormatter, type Verbosity } from '../../../../client/follow/deploy-log-formatter.ts'
import { type Layout, plainLayout } from '../../../../client/text/layout.ts'
import { textWidth } from '../../../../client/text/text-width.ts'

const head: LogLine = { kind: 'head', text: 'deploy 43  51be07d "Fix the footer"  by ada' }
const brokenDeploy: LogLine[] = [
  head,
  { kind: 'began', step: 'check out' },
  { kind: 'done', step: 'check out', took: '0.0 s', remark: '14 files changed since deploy 42' },
  { kind: 'began', step: 'build' },
  { kind: 'output', text: '#9 [server 4/5] RUN npm ci' },
  { kind: 'output', text: 'npm error code EUSAGE' },
  { kind: 'broke', step: 'build', took: '2.9 s', remark: 'failed (exit 17)' },
  { kind: 'bad', text: 'not deployed: the image of 51be07d did not build. Live is still 9f3c1a2.' },
]
const failedOutcome: DeployOutcome = {
  deploy: 43,
  revision: '51be07d'.padEnd(40, '0'),
  state: 'failed',
  sentence: 'not deployed',
  by: null,
  code: 'build_failed',
}

describe('the progress of a deploy', () => {
  it('streams the output of a step under its name, and closes the step with its time', () => {
    assert.deepEqual(formatLog('all', brokenDeploy, {}, failedOutcome), [
      'deploy 43  51be07d "Fix the footer"  by ada',
      '  check out     0.0 s   14 files changed since deploy 42',
      '  build',
      '    #9 [server 4/5] RUN npm ci',
      '    npm error code EUSAGE',
      '  build         2.9 s   failed (exit 17)',
      'not deployed: the image of 51be07d did not build. Live is still 9f3c1a2.',
      'whole log: bptctl log 43     again without a new commit: bptctl deploy 51be07d',
    ])
  })

  it('shows the output of a failed step even at the verbosity `steps`', () => {
    assert.deepEqual(formatLog('steps', brokenDeploy, {}, failedOutcome).slice(2, 5), [
      '  build         2.9 s   failed (exit 17)',
      '    #9 [server 4/5] RUN npm ci',
      '    npm error code EUSAGE',
    ])
  })

  it('shows only the last lines of a long output', () => {
    const outputs = Array.from({ length: 100 }, (_, n): LogLine => ({ kind: 'output', text: `line ${n}` }))
    const long = formatLog('steps', [
      { kind: 'began', step: 'build' },
      ...outputs,
      { kind: 'broke', step: 'build', took: '1.0 s', remark: '' },
    ])
    assert.equal(long.length, 13)
    assert.equal(long.at(-1), '    line 99')
  })

  it('hides the output of a successful step at the verbosity `steps`', () => {
    const lines: LogLine[] = [
      { kind: 'began', step: 'swap' },
      { kind: 'output', text: 'Container bpt-production  Started' },
      { kind: 'done', step: 'swap', took: '1.1 s', remark: '' },
    ]
    assert.deepEqual(formatLog('steps', lines), ['  swap          1.1 s'])
  })

  it('hides output outside of a step at the verbosity `steps`: git tells of the work tree that goes back', () => {
    const lines: LogLine[] = [
      ...brokenDeploy.slice(0, -1),
      { kind: 'output', text: 'HEAD is now at 9f3c1a2' },
      ...brokenDeploy.slice(-1),
    ]
    const showsGit = (verbosity: Verbosity) => formatLog(verbosity, lines).some((line) => line.includes('HEAD is now'))
    assert.deepEqual([showsGit('all'), showsGit('steps')], [true, false])
  })

  it('says that it follows the deploy that superseded this one, without a hint to deploy again', () => {
    const text = 'superseded by deploy 44 (0a77c1e by bob), which contains it'
    const superseded: DeployOutcome = { ...failedOutcome, state: 'superseded', sentence: text, by: 44 }
    const lines: LogLine[] = [head, { kind: 'note', text: 'waits for deploy 42' }, { kind: 'good', text }]
    assert.deepEqual(formatLog('steps', lines, {}, superseded, true), [
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
    assert.deepEqual(formatLog('steps', lines), ['  services      0.1 s   none', '    created the network prod-net'])
  })

  it('lets no control sequence of an output reach a terminal', () => {
    const text = '\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b[2Jcleared\x08\x9b5n'
    assert.deepEqual(formatLog('all', [{ kind: 'output', text }]), ['    red cleared'])
  })

  it('shows the last state of a line that overwrites itself', () => {
    assert.deepEqual(formatLog('all', [{ kind: 'output', text: '10 %\r50 %\r100 %\r' }]), ['    100 %'])
  })
})

describe('the progress of a deploy in a limited width', () => {
  const columns = 60
  const subject = JSON.stringify('日本語 "🚀" '.repeat(30))

  it('cuts a long subject, but neither the number, the revision nor the user', () => {
    const [line = ''] = formatLog('steps', [{ kind: 'head', text: `deploy 43  51be07d ${subject}  by ada` }], {
      columns,
    })
    assert.ok(textWidth(line) <= columns)
    assert.match(line, /^deploy 43 {2}51be07d "日.*… {2}by ada$/)
  })

  it('cuts the remark of a step', () => {
    const lines: LogLine[] = [
      { kind: 'began', step: 'check' },
      { kind: 'done', step: 'check', took: '0.1 s', remark: 'compose file, 1 secret, 31 GB free (needs about 1 MB)' },
    ]
    assert.deepEqual(formatLog('steps', lines, { columns }), [
      '  check         0.1 s   compose file, 1 secret, 31 GB free …',
    ])
  })

  it('cuts output only on a terminal', () => {
    const text = 'error: '.repeat(20)
    const [cut = ''] = formatLog('all', [{ kind: 'output', text }], { columns, isTerminal: true })
    assert.equal(textWidth(cut), columns)
    assert.deepEqual(formatLog('all', [{ kind: 'output', text }], { columns }), [`    ${text}`])
  })

  it('keeps outcome and next commands whole', () => {
    const short = formatLog('steps', brokenDeploy, { columns: 40 }, failedOutcome)
    assert.deepEqual(short.slice(-2), formatLog('steps', brokenDeploy, {}, failedOutcome).slice(-2))
  })
})

describe('the usual duration of a step', () => {
  it('stands beside the closed step when the agent has given it', () => {
    const formatter = new DeployLogFormatter('steps', plainLayout)
    formatLine(formatter, { kind: 'began', step: 'build' })
    formatter.setUsualDuration('build', 7000)
    assert.equal(formatter.runningStep?.usualMs, 7000)
    const closed = formatLine(formatter, { kind: 'done', step: 'build', took: '6.2 s', remark: 'web, worker' })
    assert.deepEqual(closed, ['  build         6.2 s   web, worker  (usually 7 s)'])
  })

  it('is not taken for another step', () => {
    const formatter = new DeployLogFormatter('steps', plainLayout)
    formatLine(formatter, { kind: 'began', step: 'swap' })
    formatter.setUsualDuration('build', 7000)
    assert.equal(formatter.runningStep?.usualMs, null)
  })
})

function formatLog(
  verbosity: Verbosity,
  lines: LogLine[],
  layout: Partial<Layout> = {},
  ended?: DeployOutcome,
  isFollowedByNext = false,
): string[] {
  const formatter = new DeployLogFormatter(verbosity, { ...plainLayout, ...layout })
  const printed = lines.flatMap((line) => formatLine(formatter, line))
  return ended ? [...printed, ...formatter.formatOutcome(ended, isFollowedByNext)] : printed
}

function formatLine(formatter: DeployLogFormatter, line: LogLine): string[] {
  return formatter.formatLine(formatLogLine(line, new Date()))
}
