import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BuildStatus, Vertex } from '../../../../../agent/adapters/build/direct/buildkit-status.ts'
import { ProgressFormatter } from '../../../../../agent/adapters/build/direct/progress-formatter.ts'
import { encodeText } from '../../../support/buildkit.ts'

const step: Vertex = { digest: 'a', name: '[2/5] RUN make', cached: false, started: 1000, completed: null, error: '' }
const createStatus = (properties: Partial<BuildStatus>): BuildStatus => ({
  vertexes: [],
  statuses: [],
  logs: [],
  warnings: [],
  ...properties,
})

describe('ProgressFormatter', () => {
  it('names steps with their service and numbers them as they begin', () => {
    const waiting = { ...step, digest: 'c', started: null }
    const exporting = { ...step, digest: 'b', name: 'exporting to image' }
    assert.deepEqual(
      format([createStatus({ vertexes: [waiting, step, exporting] }), createStatus({ vertexes: [step] })]),
      ['#1 [web 2/5] RUN make', '#2 [web] exporting to image'],
    )
  })

  it('prints the output of a step by whole lines, with the seconds since its beginning', () => {
    const log = (text: string, at: number) => ({ vertex: 'a', at, bytes: encodeText(text) })
    const printed = format([
      createStatus({ vertexes: [step], logs: [log('one\ntw', 1250)] }),
      createStatus({ logs: [log('o\n', 2000), log('\u001b[31mred', 3000)] }),
      createStatus({ vertexes: [{ ...step, completed: 4500 }] }),
    ])
    assert.deepEqual(printed.slice(1), ['#1 0.250 one', '#1 1.000 two', '#1 3.500 red', '#1 DONE 3.5s'])
  })

  it('prints once that a step was cached or failed', () => {
    const cached = { ...step, cached: true, completed: 1000 }
    const failed = { ...step, digest: 'b', completed: 1000, error: 'exit code: 3' }
    const printed = format([createStatus({ vertexes: [cached, failed] }), createStatus({ vertexes: [cached, failed] })])
    const name = '[web 2/5] RUN make'
    assert.deepEqual(printed, [`#1 ${name}`, '#1 CACHED', `#2 ${name}`, '#2 ERROR: exit code: 3'])
  })

  it('prints the end of a step before the beginning of the next step', () => {
    const next = { ...step, digest: 'b', name: '[3/5] COPY . .' }
    const printed = format([
      createStatus({ vertexes: [step] }),
      createStatus({ vertexes: [next, { ...step, completed: 2000 }] }),
    ])
    assert.deepEqual(printed.slice(1), ['#1 DONE 1.0s', '#2 [web 3/5] COPY . .'])
  })

  it('repeats the title of a step that continues after another step ended', () => {
    const next = { ...step, digest: 'b', name: '[3/5] COPY . .' }
    const printed = format([
      createStatus({ vertexes: [step, next] }),
      createStatus({ vertexes: [{ ...step, completed: 2000 }] }),
    ])
    assert.deepEqual(printed.slice(1), ['#2 [web 3/5] COPY . .', '#1 DONE 1.0s', '#2 [web 3/5] COPY . .'])
    const logs = [{ vertex: 'a', at: 1500, bytes: encodeText('meanwhile\n') }]
    assert.equal(
      format([createStatus({ vertexes: [step, next] }), createStatus({ logs })]).at(-1),
      '#1 0.500 meanwhile',
    )
  })

  it('prints parts when they are done, and warnings', () => {
    const part = { vertex: 'a', id: 'exporting layers', started: 1000, completed: null }
    const printed = format([
      createStatus({ vertexes: [step], statuses: [part] }),
      createStatus({ statuses: [{ ...part, completed: 2240 }], warnings: [{ vertex: 'a', text: 'FromAsCasing' }] }),
      createStatus({ statuses: [{ ...part, completed: 2240 }] }),
    ])
    assert.deepEqual(printed.slice(1), ['#1 exporting layers 1.2s done', '#1 WARN: FromAsCasing'])
  })

  it('removes control characters from names, parts, warnings and errors', () => {
    const withControl = (text: string) => `\u001b[31m${text}\u0007`
    const printed = format([
      createStatus({
        vertexes: [{ ...step, name: withControl('RUN make'), completed: 2000, error: withControl('exit code: 3') }],
        statuses: [{ vertex: 'a', id: withControl('layers'), started: null, completed: 1000 }],
        warnings: [{ vertex: 'a', text: withControl('FromAsCasing') }],
      }),
    ])
    assert.deepEqual(printed, [
      '#1 [web] RUN make',
      '#1 layers done',
      '#1 WARN: FromAsCasing',
      '#1 ERROR: exit code: 3',
    ])
  })

  it('prints an incomplete line before the error of its step', () => {
    const logs = [{ vertex: 'a', at: 1250, bytes: encodeText('half a li') }]
    const printed = format([createStatus({ vertexes: [{ ...step, completed: 2000, error: 'exit code: 3' }], logs })])
    assert.deepEqual(printed.slice(1), ['#1 1.000 half a li', '#1 ERROR: exit code: 3'])
  })

  it('repeats the title of the last of several steps that continue', () => {
    const steps = ['a', 'b', 'c'].map((digest) => ({ ...step, digest }))
    const printed = format([
      createStatus({ vertexes: steps }),
      createStatus({ vertexes: [{ ...step, completed: 2000 }] }),
    ])
    assert.equal(printed.at(-1), '#3 [web 2/5] RUN make')
  })

  it('distinguishes the tenth step from the first', () => {
    const steps = Array.from({ length: 10 }, (_, index) => ({ ...step, digest: `${index}` }))
    const logs = [{ vertex: '9', at: 1500, bytes: encodeText('meanwhile\n') }]
    const ended = { ...step, digest: '0', completed: 2000 }
    assert.equal(
      format([createStatus({ vertexes: steps }), createStatus({ vertexes: [ended] }), createStatus({ logs })]).at(-1),
      '#10 0.500 meanwhile',
    )
  })

  it('prints a part of the same name for each step', () => {
    const part = (vertex: string) => ({ vertex, id: 'exporting layers', started: 1000, completed: 2000 })
    const printed = format([
      createStatus({ vertexes: [step, { ...step, digest: 'b' }], statuses: [part('a'), part('b')] }),
    ])
    assert.deepEqual(
      printed.filter((line) => line.includes('layers')),
      ['#1 exporting layers 1.0s done', '#2 exporting layers 1.0s done'],
    )
  })

  it('prints no negative time, and no time for a part that took less than 0.05 s', () => {
    const printed = format([
      createStatus({
        vertexes: [{ ...step, completed: 500 }],
        statuses: [{ vertex: 'a', id: 'layers', started: 1000, completed: 1040 }],
        logs: [{ vertex: 'a', at: 900, bytes: encodeText('early\n') }],
      }),
    ])
    assert.deepEqual(printed.slice(1), ['#1 layers done', '#1 0.000 early', '#1 DONE 0.0s'])
  })
})

function format(statuses: BuildStatus[]): string[] {
  let count = 0
  const formatter = new ProgressFormatter('web', () => ++count)
  return statuses.flatMap((status) => [...formatter.format(status)].flat())
}
