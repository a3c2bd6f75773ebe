// Connects to published ports all the time during a swap; adapters/network/availability-probe.ts implements it.
import type { PublishedPort } from './published-port.ts'

/** One attempt of a client. */
export interface ProbeResult {
  /** Such as `10.0.0.1:80`. */
  endpoint: string
  /** Milliseconds by a common clock. */
  began: number
  ended: number
  /** True if the container answered: by data, or by the end of its side of the connection. */
  answered: boolean
  /** True if there was a connection, which a socket of somebody else may have accepted. */
  connected: boolean
}

/** Probes ports until it is disposed of. */
export interface ProbeSession extends Disposable {
  /** Probes these ports, which are held now, for the last time: of all clients that come later none waits longer. */
  stopProbing(ports: PublishedPort[]): void
  /** Probes each port once more and resolves when every open probe has ended. */
  finish(): Promise<ProbeResult[]>
}

export type AvailabilityProbe = (ports: PublishedPort[]) => ProbeSession
