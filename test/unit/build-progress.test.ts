import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PbfWriter } from 'pbf'
import { BuildProgress } from '../../agent/edge/build-progress.ts'
import { type BuildStatus, decoded, type Vertex } from '../../agent/edge/build-status.ts'

const step: Vertex = { digest: 'a', name: '[2/5] RUN make', cached: false, started: 1000, completed: null, error: '' }
const news = (some: Partial<BuildStatus>): BuildStatus => ({
  vertexes: [],
  parts: [],
  printed: [],
  warnings: [],
  ...some,
})
const bytes = (text: string) => new TextEncoder().encode(text)

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
    const printed = (text: string, at: number) => ({ vertex: 'a', at, bytes: bytes(text) })
    const told = lines([
      news({ vertexes: [step], printed: [printed('one\ntw', 1250)] }),
      news({ printed: [printed('o\n', 2000), printed('\u001b[31mred', 3000)] }),
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
    const printed = [{ vertex: 'a', at: 1500, bytes: bytes('meanwhile\n') }]
    assert.equal(lines([news({ vertexes: [step, next] }), news({ printed })]).at(-1), '#1 0.500 meanwhile')
  })

  it('tells parts when they are done, and what BuildKit advises against', () => {
    const part = { vertex: 'a', id: 'exporting layers', started: 1000, completed: null }
    const told = lines([
      news({ vertexes: [step], parts: [part] }),
      news({ parts: [{ ...part, completed: 2240 }], warnings: [{ vertex: 'a', text: 'FromAsCasing' }] }),
      news({ parts: [{ ...part, completed: 2240 }] }),
    ])
    assert.deepEqual(told.slice(1), ['#1 exporting layers 1.2s done', '#1 WARN: FromAsCasing'])
  })
})

describe('what BuildKit tells', () => {
  it('is decoded, whatever else it may tell', () => {
    const pbf = new PbfWriter()
    pbf.writeMessage(
      1,
      (_, inner) => {
        inner.writeStringField(1, 'a')
        inner.writeStringField(2, 'what it is made from')
        inner.writeStringField(3, step.name)
        inner.writeMessage(5, time, 1.5)
      },
      null,
    )
    pbf.writeMessage(
      3,
      (_, inner) => {
        inner.writeStringField(1, 'a')
        inner.writeMessage(2, time, 2)
        inner.writeVarintField(3, 1)
        inner.writeBytesField(4, bytes('printed'))
      },
      null,
    )
    pbf.writeStringField(99, 'news of a later time')
    const status = decoded(pbf.finish())
    assert.deepEqual(status.vertexes, [{ ...step, started: 1500 }])
    assert.deepEqual(
      status.printed.map(({ at, bytes }) => [at, Buffer.from(bytes).toString()]),
      [[2000, 'printed']],
    )
  })
})

function time(seconds: number, pbf: PbfWriter): void {
  pbf.writeVarintField(1, Math.floor(seconds))
  pbf.writeVarintField(2, (seconds % 1) * 1e9)
}

function lines(all: BuildStatus[]): string[] {
  const progress = new BuildProgress('web')
  return all.flatMap((one) => [...progress.take(one)].flat())
}
