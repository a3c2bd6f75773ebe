// What a swap needs of the kernel: who connects to a published port meanwhile waits, or is led elsewhere. Whatever
// becomes of the agent, all of it ends by itself. The real one is adapters/network/nft-gate.ts.
import type { PublishedPort } from './published-port.ts'

/** Where connections to a published port go instead. */
export interface Route {
  port: PublishedPort
  /** The container's address in its network, and the network's prefix length in bits. */
  to: { ip: string; prefix: number }
  /** The host's port by which the container is reached from 127.0.0.1 and over IPv6. */
  loopbackPort: number | null
}

export interface TrafficGate {
  /** Why no connection can be held or led elsewhere on this machine; null where it can. */
  whyUnavailable(): Promise<string | null>
  /** From now on new connections to these ports wait, unless they are led elsewhere. */
  hold(ports: PublishedPort[]): Promise<void>
  /** From now on new connections take these routes. */
  redirect(routes: Route[]): Promise<void>
  /** New connections go where Docker leads them; true where some were led elsewhere, which stay there. */
  stopDiverting(): Promise<boolean>
  /** Leaves nothing behind, also of an earlier life of the agent. */
  removeRules(): Promise<void>
}
