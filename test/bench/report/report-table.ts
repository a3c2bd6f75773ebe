// The rows for people, on a terminal.
import Table from 'cli-table3'
import type { Row, Unit } from './bench-row.ts'

export function table(rows: Row[]): string {
  const style = { head: [], border: [], compact: true }
  const head = ['work', 'measure', 'found', 'spread', 'to reach', '']
  const drawn = new Table({ head, style })
  for (const { work, measure, unit, value, spread, reach, reached } of rows)
    drawn.push([
      work,
      measure,
      said(value, unit),
      spread ? spreadOf(spread, value, unit) : '',
      reach === null ? '' : `<= ${said(reach, unit)}`,
      reached === null ? '' : reached ? 'reached' : 'NOT REACHED',
    ])
  const remarks = rows.flatMap(({ work, measure, remarks }) => remarks.map((one) => `${work}, ${measure}: ${one}`))
  return [drawn.toString(), ...remarks].join('\n')
}

function spreadOf({ median, least, most }: NonNullable<Row['spread']>, value: number, unit: Unit): string {
  const range = `${said(least, unit)} to ${said(most, unit)}`
  return median === value ? range : `${range}, median ${said(median, unit)}`
}

export function said(value: number, unit: Unit): string {
  if (unit === 'ratio') return value.toFixed(2)
  if (unit === '%') return `${value.toFixed(2)} %`
  if (unit === '' || unit === 'lines') return `${Math.round(value)}`
  return `${value.toFixed(Math.abs(value) < 10 ? 1 : 0)} ${unit}`
}
