// Rows as a table: for a terminal, or in Markdown for the page that shows the last run.
import Table from 'cli-table3'

export type Row = (string | number)[]

export function grid(head: string[], rows: Row[], markdown: boolean): string {
  if (markdown) {
    const line = (row: Row) => `| ${row.join(' | ')} |`
    return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line), ''].join('\n')
  }
  const table = new Table({ head, style: { head: [], border: [] } })
  table.push(...rows)
  return table.toString()
}
