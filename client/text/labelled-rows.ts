// Lays out lines of a label and its text: `main      0a77c1e  2 commits ahead of live`.
import type { Layout, Style } from './layout.ts'
import { plainWords } from './plain-text.ts'
import { cutText, padText, textWidth } from './text-width.ts'

const labelColumns = 10

/** A piece of a line; one that shrinks is cut so that all others fit. */
export type Part = { text: string; style?: Style | null; shrinks?: true }
export type LabelledRow = { label: string; parts: Part[] }

export function row(label: string, ...parts: Part[]): LabelledRow {
  return { label, parts }
}

/** Gives each sentence a row: the last one ends with the command to type, which must not be cut. */
export function sentenceRows(label: string, text: string): LabelledRow[] {
  return plainWords(text)
    .split(/(?<=\.) (?=[A-Z])/)
    .map((sentence, index) => row(index === 0 ? label : '', { text: sentence, style: 'yellow' }))
}

export function formatRows({ columns, paint }: Layout, rows: LabelledRow[]): string[] {
  return rows.map(({ label, parts }) => {
    const fixed = parts.reduce((sum, { text, shrinks }) => sum + (shrinks ? 0 : textWidth(text)), 0)
    let left = columns - labelColumns
    const room = Math.max(1, left - fixed)
    const cutParts = parts.map(({ text, style, shrinks }) => {
      const cut = cutText(text, shrinks ? Math.min(room, left) : left)
      left -= textWidth(cut)
      return style ? paint(style, cut) : cut
    })
    return `${padText(cutText(plainWords(label), labelColumns - 2), labelColumns, 'left')}${cutParts.join('')}`.trimEnd()
  })
}
