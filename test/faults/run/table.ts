// Formats rows as a table: for a terminal, or in Markdown for docs/reliability.md.
import Table from 'cli-table3'

export type TableRow = (string | number)[]

export function formatTable(head: string[], rows: TableRow[], isMarkdown: boolean): string {
  if (isMarkdown) {
    const line = (row: TableRow) => `| ${row.join(' | ')} |`
    return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line), ''].join('\n')
  }
  const table = new Table({ head, style: { head: [], border: [] } })
  table.push(...rows)
  return table.toString()
}
