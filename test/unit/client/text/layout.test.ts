import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { createLayout } from '../../../../client/text/layout.ts'

describe('the layout of a stream', () => {
  it('has 80 columns where the stream has no width', () => {
    assert.deepEqual(
      [layoutOf({}).columns, layoutOf({ columns: 0 }).columns, layoutOf({ columns: 132 }).columns],
      [80, 80, 132],
    )
  })

  it('has the columns of COLUMNS where the stream has no width', () => {
    const columnsOf = (COLUMNS: string, size = {}) => layoutOf(size, { COLUMNS }).columns
    assert.deepEqual([columnsOf('150'), columnsOf('150', { columns: 100 })], [150, 100])
    assert.deepEqual(
      ['', '0', '-5', 'wide'].map((text) => columnsOf(text)),
      [80, 80, 80, 80],
    )
  })

  it('follows a terminal that is resized', () => {
    const stream = Object.assign(new PassThrough(), { columns: 80 })
    const layout = createLayout(stream, {})
    stream.columns = 40
    assert.equal(layout.columns, 40)
  })
})

function layoutOf(size: { columns?: number }, env: NodeJS.ProcessEnv = {}) {
  return createLayout(Object.assign(new PassThrough(), size), env)
}
