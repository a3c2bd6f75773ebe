// Measures several candidates in turns, A B A B ..., so that a drift of the host's speed affects all of them alike.
import { type Distribution, distributionOf } from './distribution.ts'
import { endProgressLine, printProgressDot } from './progress.ts'

/**
 * Each candidate returns the milliseconds of one run.
 * @param warmUpRounds rounds at the start that do not count.
 */
export async function measureInTurns<Name extends string>(
  candidates: Record<Name, () => Promise<number>>,
  rounds: number,
  warmUpRounds = 1,
): Promise<Record<Name, Distribution>> {
  const names = Object.keys(candidates) as Name[]
  const values = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = -warmUpRounds; round < rounds; round++)
    for (const name of names) {
      const ms = await candidates[name]()
      if (round >= 0) values.get(name)?.push(ms)
      printProgressDot()
    }
  endProgressLine()
  const distributions = names.map((name) => [name, distributionOf(values.get(name) ?? [])])
  return Object.fromEntries(distributions) as Record<Name, Distribution>
}

/** Returns the milliseconds that an action takes. */
export async function measureMs(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await act()
  return performance.now() - began
}
