// What a visitor would have seen of a swap: requests are made to the published ports all the time that it lasts.
import type { AvailabilityProbe, ProbeResult, ProbeSession } from '../interfaces/availability-probe.ts'
import type { Availability } from '../protocol/messages.ts'

/** What was seen of a swap that failed counts with what is seen of the one that puts back what ran before. */
export function accumulateProbes(visitor: AvailabilityProbe): AvailabilityProbe {
  const all: ProbeSession[] = []
  return (ports) => {
    const watch = visitor(ports)
    all.push(watch)
    return { ...watch, finish: async () => (await Promise.all(all.splice(0).map((one) => one.finish()))).flat() }
  }
}

/**
 * Null where nobody was ever answered. What was refused before the first answer does not count: nothing ran then.
 * @param all visits in any order.
 */
export function summarizeProbes(all: ProbeResult[]): Availability | null {
  const first = Math.min(...all.filter(({ answered }) => answered).map(({ began }) => began))
  const visits = all.filter(({ began }) => began >= first)
  if (visits.length === 0) return null
  const good = visits.filter(({ answered }) => answered).sort((a, b) => a.ended - b.ended)
  const waited = Math.max(0, ...good.map(({ began, ended }) => ended - began))
  const gaps = good.slice(1).map(({ ended }, index) => ended - (good[index]?.ended ?? ended))
  return {
    made: visits.length,
    refused: visits.length - good.length,
    waited: Math.round(waited),
    gap: Math.round(Math.max(0, ...gaps)),
  }
}
