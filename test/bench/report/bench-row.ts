// Describes one row of the bench: a measured value, its spread, and its target.
import { combineRounds, type Distribution } from '../measure/distribution.ts'

export type Unit = 'ms' | 'ratio' | 'MiB' | '%' | 'lines' | ''

export interface BenchRow {
  workload: string
  metric: string
  unit: Unit
  /** The value that is compared with the target. */
  value: number
  spread: Spread | null
  /** The highest acceptable value; null for a row without a target. */
  target: number | null
  isTargetMet: boolean | null
  /** For a ratio in the chart: its label there, and the two medians in milliseconds or counts. */
  chart: { label: string; unit: Unit; agent: number; script: number } | null
  /** Reasons of failures, and notes that the value needs. */
  remarks: string[]
}

export type Spread = Omit<Distribution, 'values'>

interface RowOptions {
  target?: number
  remarks?: string[]
}

export function medianRow(
  workload: string,
  metric: string,
  distribution: Distribution,
  { unit = 'ms', ...options }: RowOptions & { unit?: Unit } = {},
): BenchRow {
  return createRow(workload, metric, unit, distribution.median, options, distribution)
}

/** Makes a row for a target that every single measurement must meet. */
export function maxRow(
  workload: string,
  metric: string,
  distribution: Distribution,
  options: RowOptions = {},
): BenchRow {
  return createRow(workload, metric, 'ms', distribution.max, options, distribution)
}

export function valueRow(
  workload: string,
  metric: string,
  value: number,
  unit: Unit,
  options: RowOptions = {},
): BenchRow {
  return createRow(workload, metric, unit, value, options)
}

export function differenceRow(
  workload: string,
  metric: string,
  a: Distribution,
  b: Distribution,
  options: RowOptions = {},
): BenchRow {
  const median = a.median - b.median
  return createRow(workload, metric, 'ms', median, options, { ...combineRounds(a, b, (x, y) => x - y), median })
}

/** Makes a row of a ratio of medians; with a label, the chart shows it as the agent's share of the script's value. */
export function ratioRow(
  workload: string,
  metric: string,
  a: Distribution,
  b: Distribution,
  { label, unit = 'ms', ...options }: RowOptions & { label?: string; unit?: Unit } = {},
): BenchRow {
  const median = a.median / b.median
  const spread = { ...combineRounds(a, b, (x, y) => x / y), median }
  const chart = label ? { label, unit, agent: a.median, script: b.median } : null
  return { ...createRow(workload, metric, 'ratio', median, options, spread), chart }
}

function createRow(
  workload: string,
  metric: string,
  unit: Unit,
  value: number,
  { target, remarks = [] }: RowOptions,
  distribution?: Spread,
): BenchRow {
  const spread = distribution ? { median: distribution.median, min: distribution.min, max: distribution.max } : null
  const isTargetMet = target === undefined ? null : value <= target
  return { workload, metric, unit, value, spread, target: target ?? null, isTargetMet, chart: null, remarks }
}
