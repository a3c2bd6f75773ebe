// Opens a new connection to each published port every 25 ms during a swap, as a client on this host would.
import { connect, isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { ProbeResult, ProbeSession } from '../../interfaces/availability-probe.ts'
import type { PublishedPort } from '../../interfaces/published-port.ts'

const probeIntervalMs = 25
const probeTimeoutMs = 30_000

/**
 * Docker's proxy accepts every connection, and closes it if the container does not answer: a connection through the
 * proxy counts as answered after it has stayed open for this time.
 */
const proxyProofMs = 100

interface ProbeTarget {
  published: PublishedPort
  host: string
  port: number
}

export function startAvailabilityProbe(ports: PublishedPort[]): ProbeSession {
  const results: ProbeResult[] = []
  const openProbes = new Set<Promise<void>>()
  const targets = ports.flatMap((published): ProbeTarget[] =>
    published.published === null
      ? []
      : [{ published, host: published.address?.ip ?? ownAddress(), port: published.published }],
  )
  const stoppedPorts = new Set<PublishedPort>()
  const probe = async ({ host, port }: ProbeTarget) => {
    const began = performance.now()
    const answered = await isAnswered(host, port)
    results.push({ endpoint: `${host}:${port}`, began, ended: performance.now(), answered })
  }
  const probeAll = (targets: ProbeTarget[]) => {
    for (const target of targets) {
      const done = probe(target).finally(() => openProbes.delete(done))
      openProbes.add(done)
    }
  }
  const timer = setInterval(
    () => probeAll(targets.filter(({ published }) => !stoppedPorts.has(published))),
    probeIntervalMs,
  )
  // The old container may stop within the first interval: without an answer before, its gap would not be counted.
  probeAll(targets)
  return {
    stopProbing(ports) {
      // Perhaps no probe has begun since the ports are held: then the wait would not be measured.
      probeAll(targets.filter(({ published }) => ports.includes(published)))
      for (const port of ports) stoppedPorts.add(port)
    },
    async finish() {
      clearInterval(timer)
      probeAll(targets)
      await Promise.all(openProbes)
      return results
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

/**
 * Returns an IPv4 address of this host: connections to it go to the container directly, as those from outside do;
 * connections to 127.0.0.1 go through Docker's proxy.
 */
function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return addresses.find(({ address, internal }) => !internal && isIPv4(address))?.address ?? '127.0.0.1'
}

function isAnswered(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host, port })
  const timeout = setTimeout(() => resolve(false), probeTimeoutMs)
  let proxyProof: NodeJS.Timeout | undefined
  socket.once('connect', () => {
    if (isIPv4(host) && !host.startsWith('127.')) resolve(true)
    else proxyProof = setTimeout(() => resolve(true), proxyProofMs)
  })
  socket.once('error', () => resolve(false))
  socket.once('close', () => resolve(false))
  return promise.finally(() => {
    clearTimeout(timeout)
    clearTimeout(proxyProof)
    socket.destroy()
  })
}
