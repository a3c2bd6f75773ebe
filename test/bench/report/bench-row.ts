// One line of the bench: what was measured, what came out, what is to be reached.
import { each, type Figure } from '../measure/turns.ts'

export type Unit = 'ms' | 'ratio' | 'MiB' | '%' | 'lines' | ''

export interface Row {
  work: string
  measure: string
  unit: Unit
  /** What is judged. */
  value: number
  spread: { median: number; least: number; most: number } | null
  /** At most this; null where nothing is promised. */
  reach: number | null
  reached: boolean | null
  /** How the chart calls a ratio, and what it is made of: milliseconds or counts. */
  chart: { label: string; unit: Unit; ours: number; theirs: number } | null
  /** Reasons of failures, and what one must know of the figure. */
  remarks: string[]
}

interface More {
  reach?: number
  remarks?: string[]
}

export function row(
  work: string,
  measure: string,
  found: Figure,
  { unit = 'ms', ...more }: More & { unit?: Unit } = {},
): Row {
  return made(work, measure, unit, found.median, more, found)
}

/** Judged by its worst, where a promise is about every single one. */
export function worst(work: string, measure: string, found: Figure, more: More = {}): Row {
  return made(work, measure, 'ms', found.most, more, found)
}

export function amount(work: string, measure: string, value: number, unit: Unit, more: More = {}): Row {
  return made(work, measure, unit, value, more)
}

export function difference(work: string, measure: string, a: Figure, b: Figure, more: More = {}): Row {
  return made(work, measure, 'ms', a.median - b.median, more, {
    ...each(a, b, (x, y) => x - y),
    median: a.median - b.median,
  })
}

export function ratio(
  work: string,
  measure: string,
  ours: Figure,
  theirs: Figure,
  { label, unit = 'ms', ...more }: More & { label?: string; unit?: Unit } = {},
): Row {
  const value = ours.median / theirs.median
  const spread = { ...each(ours, theirs, (x, y) => x / y), median: value }
  const chart = label ? { label, unit, ours: ours.median, theirs: theirs.median } : null
  return { ...made(work, measure, 'ratio', value, more, spread), chart }
}

function made(
  work: string,
  measure: string,
  unit: Unit,
  value: number,
  { reach, remarks = [] }: More,
  spread?: Omit<Figure, 'values'>,
): Row {
  const found = spread ? { median: spread.median, least: spread.least, most: spread.most } : null
  const reached = reach === undefined ? null : value <= reach
  return { work, measure, unit, value, spread: found, reach: reach ?? null, reached, chart: null, remarks }
}
