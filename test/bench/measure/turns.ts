// Runs of several candidates in turn, A B A B …, so that a drift of the machine's speed meets them all alike.

export interface Figure {
  median: number
  least: number
  most: number
  /** In the order of the rounds. */
  values: number[]
}

/** Milliseconds of each candidate's runs; `warmUps` rounds before them do not count. */
export async function inTurn<Name extends string>(
  candidates: Record<Name, () => Promise<number>>,
  rounds: number,
  warmUps = 1,
): Promise<Record<Name, Figure>> {
  const names = Object.keys(candidates) as Name[]
  const taken = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = -warmUps; round < rounds; round++)
    for (const name of names) {
      const ms = await candidates[name]()
      if (round >= 0) taken.get(name)?.push(ms)
      tick()
    }
  lineEnd()
  return Object.fromEntries(names.map((name) => [name, figure(taken.get(name) ?? [])])) as Record<Name, Figure>
}

/** Milliseconds since 1970 by the clock that the test machines share, which may be set while a process runs. */
export function now(): number {
  return Date.now()
}

export async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await act()
  return performance.now() - began
}

export function figure(values: number[]): Figure {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const [below = Number.NaN, above = Number.NaN] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]]
  return { median: (below + above) / 2, least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN, values }
}

/** Of each round by itself. */
export function each(a: Figure, b: Figure, join: (a: number, b: number) => number): Figure {
  return figure(a.values.map((value, round) => join(value, b.values[round] ?? Number.NaN)))
}

/** Whoever waits sees that it goes on. */
export function tick(): void {
  process.stderr.write('.')
}

export function lineEnd(): void {
  process.stderr.write('\n')
}
