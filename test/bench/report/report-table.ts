// Formats the rows as a table for a terminal.
import Table from 'cli-table3'
import type { BenchRow, Spread, Unit } from './bench-row.ts'

export function formatReport(rows: BenchRow[]): string {
  const style = { head: [], border: [], compact: true }
  const table = new Table({ head: ['workload', 'metric', 'value', 'spread', 'target', ''], style })
  for (const { workload, metric, unit, value, spread, target, isTargetMet } of rows)
    table.push([
      workload,
      metric,
      formatValue(value, unit),
      spread ? formatSpread(spread, value, unit) : '',
      target === null ? '' : `<= ${formatValue(target, unit)}`,
      isTargetMet === null ? '' : isTargetMet ? 'met' : 'NOT MET',
    ])
  const remarks = rows.flatMap(({ workload, metric, remarks }) =>
    remarks.map((remark) => `${workload}, ${metric}: ${remark}`),
  )
  return [table.toString(), ...remarks].join('\n')
}

function formatSpread({ median, min, max }: Spread, value: number, unit: Unit): string {
  const range = `${formatValue(min, unit)} to ${formatValue(max, unit)}`
  return median === value ? range : `${range}, median ${formatValue(median, unit)}`
}

function formatValue(value: number, unit: Unit): string {
  if (unit === 'ratio') return value.toFixed(2)
  if (unit === '%') return `${value.toFixed(2)} %`
  if (unit === '' || unit === 'lines') return `${Math.round(value)}`
  return `${value.toFixed(Math.abs(value) < 10 ? 1 : 0)} ${unit}`
}
