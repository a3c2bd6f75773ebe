// The figures as rows of one table.
import Table from 'cli-table3'
import type { Figure } from './measure.ts'

export type Row = [work: string, measure: string, median: string, least: string, most: string, reach: string]

export function row(work: string, measure: string, { median, least, most }: Figure, reach = ''): Row {
  return [work, measure, ms(median), ms(least), ms(most), reach]
}

export function difference(work: string, measure: string, a: Figure, b: Figure, reach = ''): Row {
  return [work, measure, ms(a.median - b.median), '', '', reach]
}

export function ratio(work: string, measure: string, a: Figure, b: Figure, reach: string): Row {
  return [work, measure, (a.median / b.median).toFixed(2), '', '', reach]
}

export function table(rows: Row[]): string {
  const style = { head: [], border: [], compact: true }
  const drawn = new Table({ head: ['work', 'measure', 'median', 'least', 'most', 'to reach'], style })
  drawn.push(...rows)
  return drawn.toString()
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`
}
