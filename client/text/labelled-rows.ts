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
export function sentenceRows(label: string, text: string, { columns }: Pick<Layout, 'columns'>): LabelledRow[] {
  return plainWords(text)
    .split(/(?<=\.) (?=[A-Z])/)
    .flatMap((sentence) => wrapCommand(sentence, columns - labelColumns))
    .map((line, index) => row(index === 0 ? label : '', { text: line, style: 'yellow' }))
}

/** Continues a command that is too long for one row in the next, by the sign with which a shell reads on. */
function wrapCommand(sentence: string, columns: number): string[] {
  const [, words, command] = /^([A-Z][^:]*:) (.+)$/.exec(sentence) ?? []
  if (!words || !command || textWidth(sentence) <= columns) return [sentence]
  const lines = [words]
  for (const word of command.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (lines.length > 1 && textWidth(`${line} ${word} \\`) <= columns) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.map((line, index) => (index > 0 && index < lines.length - 1 ? `${line} \\` : line))
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
