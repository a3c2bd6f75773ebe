// Sums up the availability during a swap: the results of the probes, as counts and as text.
import type { AvailabilityProbe, ProbeResult, ProbeSession } from '../interfaces/availability-probe.ts'
import type { Availability } from '../protocol/messages.ts'

/** Adds the results of a failed swap to those of the swap that puts the previous state back. */
export function accumulateProbes(probe: AvailabilityProbe): AvailabilityProbe {
  const sessions: ProbeSession[] = []
  const results: ProbeResult[] = []
  return (ports) => {
    const session = probe(ports)
    sessions.push(session)
    return {
      ...session,
      async finish() {
        results.push(...(await Promise.all(sessions.splice(0).map((each) => each.finish()))).flat())
        return results
      },
    }
  }
}

/** Adds what was measured before the agent died in the deploy; null if nothing was. */
export function addAvailability(earlier: Availability | null, later: Availability): Availability {
  if (!earlier) return later
  return {
    made: earlier.made + later.made,
    refused: earlier.refused + later.refused,
    waited: Math.max(earlier.waited, later.waited),
    gap: Math.max(earlier.gap, later.gap),
  }
}

/**
 * Null if no probe was answered. Probes of a port before its first answer do not count: nothing ran there. So a port
 * that never answers, such as that of a debugger, does not count at all.
 * @param results in any order.
 */
export function summarizeProbes(results: ProbeResult[]): Availability | null {
  const byEndpoint = Object.values(Object.groupBy(results, ({ endpoint }) => endpoint))
  const sums = byEndpoint.flatMap((ofEndpoint = []) => summarizeEndpoint(ofEndpoint) ?? [])
  if (sums.length === 0) return null
  return {
    made: sum(sums.map(({ made }) => made)),
    refused: sum(sums.map(({ refused }) => refused)),
    waited: Math.max(...sums.map(({ waited }) => waited)),
    gap: Math.max(...sums.map(({ gap }) => gap)),
  }
}

/** Some services never answer a client that sends nothing: then a connection counts as an answer. */
function summarizeEndpoint(all: ProbeResult[]): Availability | null {
  const isSilent = !all.some(({ answered }) => answered)
  const results = isSilent ? all.map((result) => ({ ...result, answered: result.connected })) : all
  const firstAnswer = Math.min(...results.filter(({ answered }) => answered).map(({ began }) => began))
  const counted = results.filter(({ began }) => began >= firstAnswer)
  if (counted.length === 0) return null
  const answered = counted.filter(({ answered }) => answered).sort((a, b) => a.ended - b.ended)
  const waits = answered.map(({ began, ended }) => ended - began)
  const gaps = answered.slice(1).map(({ ended }, index) => ended - (answered[index]?.ended ?? ended))
  return {
    made: counted.length,
    refused: counted.length - answered.length,
    waited: Math.round(Math.max(0, ...waits)),
    gap: Math.round(Math.max(0, ...gaps)),
  }
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
