// Lays rows out in columns that fit into the terminal: columns that may shrink are cut with `…`.
import type { Layout, Style } from './layout.ts'
import { cutText, padText, textWidth } from './text-width.ts'

export interface Column {
  align?: 'right'
  /** True if cells may be cut when the row is too wide. */
  shrinks?: true
  maxWidth?: number
}

/** Plain text, or plain text with its colour. */
export type Cell = string | { text: string; style: Style | null }

const gap = '  '

export function formatTable(columns: Column[], rows: Cell[][], { columns: available, paint }: Layout): string[] {
  const natural = columns.map(({ maxWidth = Number.POSITIVE_INFINITY }, index) =>
    Math.min(maxWidth, Math.max(0, ...rows.map((row) => textWidth(textOf(row[index]))))),
  )
  const used = columns.filter((_, index) => natural[index])
  const widths = shrink(natural, columns, available - gap.length * (used.length - 1))
  return rows.map((row) => {
    let line = ''
    let left = available
    for (const [index, { align = 'left' }] of columns.entries()) {
      const width = Math.min(widths[index] ?? 0, left)
      if (width <= 0) continue
      const cut = cutText(textOf(row[index]), width)
      const isLast = index === columns.length - 1
      const text = isLast && align === 'left' ? cut : padText(cut, width, align)
      const style = styleOf(row[index])
      line += (style ? paint(style, text) : text) + gap
      left -= width + gap.length
    }
    return line.trimEnd()
  })
}

/** Widths of at most `available` in sum: every shrinking column gets an equal share, or less if it needs less. */
function shrink(natural: number[], columns: Column[], available: number): number[] {
  const widths = [...natural]
  const shrinking = natural.flatMap((width, index) => (columns[index]?.shrinks ? [{ width, index }] : []))
  let room = available - natural.reduce((sum, width, index) => sum + (columns[index]?.shrinks ? 0 : width), 0)
  for (const [done, { width, index }] of shrinking.toSorted((a, b) => a.width - b.width).entries()) {
    const share = Math.max(1, Math.floor(room / (shrinking.length - done)))
    widths[index] = Math.min(width, share)
    room -= widths[index]
  }
  return widths
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === 'object' ? cell.text : (cell ?? '')
}

function styleOf(cell: Cell | undefined): Style | null {
  return typeof cell === 'object' ? cell.style : null
}
