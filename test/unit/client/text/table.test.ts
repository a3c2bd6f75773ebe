import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { plainLayout } from '../../../../client/text/layout.ts'
import { type Cell, formatTable } from '../../../../client/text/table.ts'

const rows: Cell[][] = [
  ['1', 'a long subject', 'a longer outcome'],
  ['10', '日本', { text: 'short', style: 'red' }],
]

describe('a table', () => {
  it('aligns numbers to the right and text to the left', () => {
    assert.deepEqual(tableOf(80), [' 1  a long subject  a longer outcome', '10  日本            short'])
  })

  it('gives each shrinking column an equal share of a narrow terminal', () => {
    assert.deepEqual(tableOf(24), [' 1  a long s…  a longer…', '10  日本       short'])
  })

  it('paints a cell after it is cut, so that no colour is left open', () => {
    const paint = (style: string, text: string) => `<${style}>${text}</${style}>`
    const [, row] = formatTable([{ shrinks: true }], [[''], [{ text: 'abcdef', style: 'red' }]], {
      ...plainLayout,
      columns: 4,
      paint,
    })
    assert.equal(row, '<red>abc…</red>')
  })
})

function tableOf(columns: number): string[] {
  return formatTable([{ align: 'right' }, { shrinks: true }, { shrinks: true }], rows, { ...plainLayout, columns })
}
