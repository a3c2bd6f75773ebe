// Holds, redirects and releases new connections in the kernel during a swap; adapters/network/nft-gate.ts implements it.
// Its rules expire by themselves if the agent dies.
import type { PublishedPort } from './published-port.ts'

/** The way of new connections to a published port: the port of another container. */
export interface Route {
  port: PublishedPort
  /** The container's address in its network, and the network's prefix length in bits. */
  to: { ip: string; prefix: number }
  /** The host's port for connections from 127.0.0.1 and over IPv6, which Docker's proxy takes; null without one. */
  loopbackPort: number | null
}

export interface TrafficGate {
  /** The reason why this server cannot hold or redirect connections; null if it can. */
  whyUnavailable(): Promise<string | null>
  /** Makes new connections to these ports wait, except to ports that have a route. */
  hold(ports: PublishedPort[]): Promise<void>
  /** Sends new connections to these ports along their routes. */
  redirect(routes: Route[]): Promise<void>
  /** Releases connections: held and new ones reach their own containers. Redirected connections stay where they are;
   * returns true if there may be some. */
  stopDiverting(): Promise<boolean>
  /** Removes all rules, also those of an agent that died. */
  removeRules(): Promise<void>
}
