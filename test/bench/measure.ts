// Runs of several candidates in turn, A B A B …, so that a drift of the machine's speed meets them all alike.

export interface Figure {
  median: number
  least: number
  most: number
}

/** Milliseconds of each candidate's runs; the first round warms up and does not count. */
export async function inTurn<Name extends string>(
  candidates: Record<Name, () => Promise<number>>,
  rounds: number,
): Promise<Record<Name, Figure>> {
  const names = Object.keys(candidates) as Name[]
  const taken = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++)
    for (const name of names) {
      const ms = await candidates[name]()
      if (round > 0) taken.get(name)?.push(ms)
      process.stderr.write('.')
    }
  process.stderr.write('\n')
  return Object.fromEntries(names.map((name) => [name, figure(taken.get(name) ?? [])])) as Record<Name, Figure>
}

export async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await act()
  return performance.now() - began
}

function figure(values: number[]): Figure {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  return { median: middle, least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN }
}
