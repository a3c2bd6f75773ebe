// Connects to a published port, and tells an answer of the container from a connection that somebody else has accepted:
// Docker's proxy accepts each one, and without it Docker's own socket does, on which nothing ever answers.
import { connect, isIPv4, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { ProbeResult } from '../../interfaces/availability-probe.ts'

/**
 * Docker's proxy closes a connection at once if the container does not answer: a connection through the proxy counts
 * only after it has stayed open for this time.
 */
const proxyProofMs = 100

type Outcome = Pick<ProbeResult, 'answered' | 'connected'>

/**
 * Sends nothing but the end of its side: every server, whatever its protocol, answers that by data or by its own end.
 * Few leave the connection open.
 */
export class ProbeConnection {
  readonly #socket: Socket
  readonly #connected = Promise.withResolvers<void>()
  readonly #outcome = Promise.withResolvers<Outcome>()
  #isConnected = false
  #timers: NodeJS.Timeout[]

  constructor(host: string, port: number, maxWaitMs: number) {
    const isDirect = isIPv4(host) && !host.startsWith('127.')
    this.#timers = [setTimeout(() => this.#end(false), maxWaitMs)]
    this.#socket = connect({ host, port, allowHalfOpen: true })
    let hasEnded = false
    const endOwnSide = () => {
      hasEnded = true
      this.#isConnected = true
      this.#connected.resolve()
      this.#socket.end()
    }
    this.#socket.once('connect', () => {
      if (isDirect) endOwnSide()
      else this.#timers.push(setTimeout(endOwnSide, proxyProofMs))
    })
    this.#socket.once('data', () => this.#end(true))
    this.#socket.once('end', () => this.#end(hasEnded))
    this.#socket.once('error', () => this.#end(false))
    this.#socket.once('close', () => this.#end(false))
  }

  get done(): Promise<Outcome> {
    return this.#outcome.promise
  }

  /** Resolves with true when the connection is there, with false when the time is over or the probe has ended. */
  async waitForConnection(maxMs: number): Promise<boolean> {
    const over = Promise.withResolvers<void>()
    const timer = setTimeout(over.resolve, maxMs)
    await Promise.race([this.#connected.promise, this.done, over.promise])
    clearTimeout(timer)
    return this.#isConnected
  }

  /**
   * Resolves when the probe has ended. A connection that is there gets `answerMs` for its answer. One that is not there
   * was held: after `retryMs` it counts as answered now, since its client waits for nothing but its own kernel.
   */
  async finish(retryMs: number, answerMs: number): Promise<void> {
    if (!this.#isConnected && !(await this.waitForConnection(retryMs))) return this.#end(retryMs > 0)
    this.#timers.push(setTimeout(() => this.#end(false), answerMs))
    await this.done
  }

  #end(answered: boolean): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#outcome.resolve({ answered, connected: this.#isConnected })
    this.#socket.destroy()
  }
}

/** Names that Docker gives the bridges of networks. */
const dockerBridge = /^(?:docker\d+|br-[0-9a-f]{12})$/

/**
 * Returns an IPv4 address of this host: connections to it go to the container directly, as those from outside do;
 * connections to 127.0.0.1 go through Docker's proxy.
 */
export function ownAddress(interfaces = networkInterfaces()): string {
  const addresses = Object.entries(interfaces).flatMap(([name, ofInterface]) =>
    (ofInterface ?? [])
      .filter(({ address, internal }) => !internal && isIPv4(address))
      .map((one) => ({ ...one, name })),
  )
  // The address of a network's bridge goes away when the network is replaced.
  const lasting = addresses.find(({ name }) => !dockerBridge.test(name))
  return (lasting ?? addresses[0])?.address ?? '127.0.0.1'
}
