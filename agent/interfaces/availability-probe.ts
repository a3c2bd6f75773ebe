// Connects to published ports all the time during a swap; adapters/network/availability-probe.ts implements it.
import type { PublishedPort } from './published-port.ts'

/** One connection attempt: its endpoint, as `10.0.0.1:80`, its beginning and end in milliseconds, and its success. */
export type ProbeResult = { endpoint: string; began: number; ended: number; answered: boolean }

/** Probes ports until it is disposed of. */
export interface ProbeSession extends Disposable {
  /** Probes these ports, which are held now, for the last time: of all clients that come later none waits longer. */
  stopProbing(ports: PublishedPort[]): void
  /** Probes each port once more and resolves when every open probe has ended. */
  finish(): Promise<ProbeResult[]>
}

export type AvailabilityProbe = (ports: PublishedPort[]) => ProbeSession
