// Opens a new connection to each published port every 25 ms during a swap, as a client on this host would, and waits
// until the container answers on it.
import { performance } from 'node:perf_hooks'
import type { AvailabilityProbe, ProbeResult } from '../../interfaces/availability-probe.ts'
import type { PublishedPort } from '../../interfaces/published-port.ts'
import { ownAddress, ProbeConnection } from './probe-connection.ts'

const probeIntervalMs = 25

/** A service that answers slowly, or never, gets no more connections than this at a time. */
const maxOpenProbes = 40

/** At the end, an open connection gets so much time for its answer: less if the port has never answered at all. */
const lastAnswerMs = 3_000
const lastSilenceMs = 300

/** At the end, a port that accepts no new connection within this time is given up. */
const lastConnectMs = 5_000

/** At the end, a connection that was held is waited for so long: its kernel tries again only after growing pauses. */
const lastRetryMs = 10_000

interface ProbeTarget {
  published: PublishedPort
  host: string
  port: number
  open: Set<ProbeConnection>
  /** True once the port has answered. */
  hasAnswered: boolean
}

/** @param maxWaitMs the longest time for which a client may be held. */
export function createAvailabilityProbe(maxWaitMs: number): AvailabilityProbe {
  return (ports) => {
    const results: ProbeResult[] = []
    const targets = ports.flatMap((published): ProbeTarget[] =>
      published.published === null
        ? []
        : [
            {
              ...{ published, host: published.address?.ip ?? ownAddress(), port: published.published },
              ...{ open: new Set(), hasAnswered: false },
            },
          ],
    )
    const stoppedPorts = new Set<PublishedPort>()

    const probe = (target: ProbeTarget): ProbeConnection => {
      const { host, port, open } = target
      const began = performance.now()
      const connection = new ProbeConnection(host, port, maxWaitMs)
      open.add(connection)
      const record = (outcome: Pick<ProbeResult, 'answered' | 'connected'>) => {
        open.delete(connection)
        target.hasAnswered ||= outcome.answered
        results.push({ endpoint: `${host}:${port}`, began, ended: performance.now(), ...outcome })
      }
      void connection.done.then(record)
      return connection
    }
    const timer = setInterval(() => {
      const probed = targets.filter(({ published, open }) => !stoppedPorts.has(published) && open.size < maxOpenProbes)
      for (const target of probed) probe(target)
    }, probeIntervalMs)
    // The old container may stop within the first interval: without an answer before, its gap would not be counted.
    for (const target of targets) probe(target)

    /** Probes the port for the last time, and ends the open probes of it. */
    const finishTarget = async (target: ProbeTarget): Promise<void> => {
      const last = probe(target)
      const others = [...target.open].filter((connection) => connection !== last)
      const isConnected = await last.waitForConnection(lastConnectMs)
      const answerMs = target.hasAnswered ? lastAnswerMs : lastSilenceMs
      await Promise.all([last, ...others].map((each) => each.finish(isConnected ? lastRetryMs : 0, answerMs)))
    }
    return {
      stopProbing(ports) {
        // Perhaps no probe has begun since the ports are held: then the wait would not be measured.
        for (const target of targets.filter(({ published }) => ports.includes(published))) probe(target)
        for (const port of ports) stoppedPorts.add(port)
      },
      async finish() {
        clearInterval(timer)
        await Promise.all(targets.map(finishTarget))
        return results
      },
      [Symbol.dispose]: () => clearInterval(timer),
    }
  }
}
