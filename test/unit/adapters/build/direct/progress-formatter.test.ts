import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BuildStatus, Vertex } from '../../../../../agent/adapters/build/direct/buildkit-status.ts'
import { ProgressFormatter } from '../../../../../agent/adapters/build/direct/progress-formatter.ts'
import { encodeText } from '../../../support/buildkit.ts'

const step: Vertex = { digest: 'a', name: '[2/5] RUN make', cached: false, started: 1000, completed: null, error: '' }
const news = (some: Partial<BuildStatus>): BuildStatus => ({
  vertexes: [],
  statuses: [],
  logs: [],
  warnings: [],
  ...some,
})

describe("a build's progress", () => {
  it('names steps with their service, numbered as they begin', () => {
    const waiting = { ...step, digest: 'c', started: null }
    const export_ = { ...step, digest: 'b', name: 'exporting to image' }
    assert.deepEqual(lines([news({ vertexes: [waiting, step, export_] }), news({ vertexes: [step] })]), [
      '#1 [web 2/5] RUN make',
      '#2 [web] exporting to image',
    ])
  })

  it('gives what a step prints by whole lines, with the seconds since it began', () => {
    const printed = (text: string, at: number) => ({ vertex: 'a', at, bytes: encodeText(text) })
    const told = lines([
      news({ vertexes: [step], logs: [printed('one\ntw', 1250)] }),
      news({ logs: [printed('o\n', 2000), printed('\u001b[31mred', 3000)] }),
      news({ vertexes: [{ ...step, completed: 4500 }] }),
    ])
    assert.deepEqual(told.slice(1), ['#1 0.250 one', '#1 1.000 two', '#1 3.500 red', '#1 DONE 3.5s'])
  })

  it('tells what was there already, and what failed, once', () => {
    const cached = { ...step, cached: true, completed: 1000 }
    const failed = { ...step, digest: 'b', completed: 1000, error: 'exit code: 3' }
    const told = lines([news({ vertexes: [cached, failed] }), news({ vertexes: [cached, failed] })])
    const name = '[web 2/5] RUN make'
    assert.deepEqual(told, [`#1 ${name}`, '#1 CACHED', `#2 ${name}`, '#2 ERROR: exit code: 3'])
  })

  it('tells of a step that gave way to the next one in this order', () => {
    const next = { ...step, digest: 'b', name: '[3/5] COPY . .' }
    const told = lines([news({ vertexes: [step] }), news({ vertexes: [next, { ...step, completed: 2000 }] })])
    assert.deepEqual(told.slice(1), ['#1 DONE 1.0s', '#2 [web 3/5] COPY . .'])
  })

  it('names a step once more that goes on after others ended', () => {
    const next = { ...step, digest: 'b', name: '[3/5] COPY . .' }
    const told = lines([news({ vertexes: [step, next] }), news({ vertexes: [{ ...step, completed: 2000 }] })])
    assert.deepEqual(told.slice(1), ['#2 [web 3/5] COPY . .', '#1 DONE 1.0s', '#2 [web 3/5] COPY . .'])
    const logs = [{ vertex: 'a', at: 1500, bytes: encodeText('meanwhile\n') }]
    assert.equal(lines([news({ vertexes: [step, next] }), news({ logs })]).at(-1), '#1 0.500 meanwhile')
  })

  it('tells parts when they are done, and what BuildKit advises against', () => {
    const part = { vertex: 'a', id: 'exporting layers', started: 1000, completed: null }
    const told = lines([
      news({ vertexes: [step], statuses: [part] }),
      news({ statuses: [{ ...part, completed: 2240 }], warnings: [{ vertex: 'a', text: 'FromAsCasing' }] }),
      news({ statuses: [{ ...part, completed: 2240 }] }),
    ])
    assert.deepEqual(told.slice(1), ['#1 exporting layers 1.2s done', '#1 WARN: FromAsCasing'])
  })

  it('does nothing to a terminal, whatever names, parts, warnings and errors hold', () => {
    const odd = (text: string) => `\u001b[31m${text}\u0007`
    const told = lines([
      news({
        vertexes: [{ ...step, name: odd('RUN make'), completed: 2000, error: odd('exit code: 3') }],
        statuses: [{ vertex: 'a', id: odd('layers'), started: null, completed: 1000 }],
        warnings: [{ vertex: 'a', text: odd('FromAsCasing') }],
      }),
    ])
    assert.deepEqual(told, ['#1 [web] RUN make', '#1 layers done', '#1 WARN: FromAsCasing', '#1 ERROR: exit code: 3'])
  })

  it('gives what a step printed of a line before it says that it failed', () => {
    const printed = [{ vertex: 'a', at: 1250, bytes: encodeText('half a li') }]
    const told = lines([news({ vertexes: [{ ...step, completed: 2000, error: 'exit code: 3' }], logs: printed })])
    assert.deepEqual(told.slice(1), ['#1 1.000 half a li', '#1 ERROR: exit code: 3'])
  })

  it('names the last of the steps that go on after another ended', () => {
    const all = ['a', 'b', 'c'].map((digest) => ({ ...step, digest }))
    const told = lines([news({ vertexes: all }), news({ vertexes: [{ ...step, completed: 2000 }] })])
    assert.equal(told.at(-1), '#3 [web 2/5] RUN make')
  })

  it('tells the tenth step from the first', () => {
    const all = Array.from({ length: 10 }, (_, index) => ({ ...step, digest: `${index}` }))
    const printed = [{ vertex: '9', at: 1500, bytes: encodeText('meanwhile\n') }]
    const ended = { ...step, digest: '0', completed: 2000 }
    assert.equal(
      lines([news({ vertexes: all }), news({ vertexes: [ended] }), news({ logs: printed })]).at(-1),
      '#10 0.500 meanwhile',
    )
  })

  it('tells a part of each step that has one of this name', () => {
    const part = (vertex: string) => ({ vertex, id: 'exporting layers', started: 1000, completed: 2000 })
    const told = lines([news({ vertexes: [step, { ...step, digest: 'b' }], statuses: [part('a'), part('b')] })])
    assert.deepEqual(
      told.filter((line) => line.includes('layers')),
      ['#1 exporting layers 1.0s done', '#2 exporting layers 1.0s done'],
    )
  })

  it('tells of no time below zero, and of none for a part that took hardly any', () => {
    const told = lines([
      news({
        vertexes: [{ ...step, completed: 500 }],
        statuses: [{ vertex: 'a', id: 'layers', started: 1000, completed: 1040 }],
        logs: [{ vertex: 'a', at: 900, bytes: encodeText('early\n') }],
      }),
    ])
    assert.deepEqual(told.slice(1), ['#1 layers done', '#1 0.000 early', '#1 DONE 0.0s'])
  })
})

function lines(all: BuildStatus[]): string[] {
  const progress = new ProgressFormatter('web')
  return all.flatMap((one) => [...progress.format(one)].flat())
}
