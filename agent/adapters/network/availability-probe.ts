// Connects to published ports all the time that a swap lasts, each time anew, as a client on this machine.
import { connect, isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { ProbeResult, ProbeSession } from '../../interfaces/availability-probe.ts'
import type { PublishedPort } from '../../interfaces/published-port.ts'

/** Milliseconds between two visits of a port, and that one may take. */
const probeIntervalMs = 25
const probeTimeoutMs = 30_000

/** Milliseconds for which a connection to Docker's proxy, which takes all of them, must hold to count. */
const proofMs = 100

export function startAvailabilityProbe(ports: PublishedPort[]): ProbeSession {
  const visits: ProbeResult[] = []
  const underWay = new Set<Promise<void>>()
  const places = ports.flatMap((port) =>
    port.published === null ? [] : { of: port, port: port.published, host: port.address?.ip ?? own() },
  )
  const resting = new Set<PublishedPort>()
  const visit = async ({ host, port }: { host: string; port: number }) => {
    const began = performance.now()
    const answered = await answers(host, port)
    visits.push({ began, ended: performance.now(), answered })
  }
  const round = (all: typeof places) => {
    for (const place of all) {
      const one = visit(place).finally(() => underWay.delete(one))
      underWay.add(one)
    }
  }
  const timer = setInterval(() => round(places.filter(({ of }) => !resting.has(of))), probeIntervalMs)
  return {
    stopProbing(some) {
      for (const port of some) resting.add(port)
    },
    async finish() {
      clearInterval(timer)
      round(places)
      await Promise.all(underWay)
      return visits
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

/** An address of this machine that is led to containers as a client's from outside is; 127.0.0.1 takes Docker's proxy. */
function own(): string {
  const all = Object.values(networkInterfaces()).flatMap((some) => some ?? [])
  return all.find(({ address, internal }) => !internal && isIPv4(address))?.address ?? '127.0.0.1'
}

function answers(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host, port })
  const late = setTimeout(() => resolve(false), probeTimeoutMs)
  let proven: NodeJS.Timeout | undefined
  socket.once('connect', () => {
    if (isIPv4(host) && !host.startsWith('127.')) resolve(true)
    else proven = setTimeout(() => resolve(true), proofMs)
  })
  socket.once('error', () => resolve(false))
  socket.once('close', () => resolve(false))
  return promise.finally(() => {
    clearTimeout(late)
    clearTimeout(proven)
    socket.destroy()
  })
}
