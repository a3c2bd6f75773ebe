// Summarizes repeated measurements.

export interface Distribution {
  median: number
  min: number
  max: number
  /** In the order of the rounds. */
  values: number[]
}

export function distributionOf(values: number[]): Distribution {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const [below = Number.NaN, above = Number.NaN] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]]
  return { median: (below + above) / 2, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN, values }
}

/** Combines the values of each round by itself. */
export function combineRounds(
  a: Distribution,
  b: Distribution,
  combine: (a: number, b: number) => number,
): Distribution {
  return distributionOf(a.values.map((value, round) => combine(value, b.values[round] ?? Number.NaN)))
}
