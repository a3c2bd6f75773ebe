// A checkpoint holds programs in containers until a test opens it. Each program waits by an open TCP connection to the
// test process; the kernel closes the connection when the program dies, so that the test notices at once.
import { EventEmitter, on, once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Vm, WaitOptions } from '../../vm/vm.ts'

export class Checkpoint {
  /** Connections that are open, with the host names of their containers. */
  readonly #connections = new Map<Socket, string>()
  readonly #changes = new EventEmitter()
  readonly #server = createServer((socket) => this.#accept(socket)).unref()

  static async create(): Promise<Checkpoint> {
    const checkpoint = new Checkpoint()
    await once(checkpoint.#server.listen(), 'listening')
    return checkpoint
  }

  /** @returns a JavaScript expression without double quotes: a promise that resolves when the checkpoint opens. */
  waitExpression({ hostAddress }: Vm): string {
    const { port } = this.#server.address() as AddressInfo
    const sendHostName = "function () { this.write(process.getBuiltinModule('os').hostname()) }"
    const connection = `process.getBuiltinModule('net').connect(${port}, '${hostAddress}', ${sendHostName})`
    return `new Promise((go) => ${connection}.resume().on('close', go))`
  }

  /** @returns a shell command that waits at the checkpoint. */
  waitCommand(vm: Vm): string {
    return `node -e "${this.waitExpression(vm)}"`
  }

  /** Lists the host names of the containers whose programs wait. */
  get waitingHosts(): string[] {
    return [...this.#connections].flatMap(([socket, host]) => (socket.writableEnded ? [] : host))
  }

  /** @param isReached by default true as soon as any program waits. */
  waitUntilReached(
    options: WaitOptions,
    isReached: () => boolean | Promise<boolean> = () => this.waitingHosts.length > 0,
  ): Promise<void> {
    return this.#waitUntil(options, isReached)
  }

  /** Resolves when every program that came to the checkpoint has ended or closed its connection. */
  waitUntilLeft(options: WaitOptions): Promise<void> {
    return this.#waitUntil(options, () => this.#connections.size === 0)
  }

  /** Lets all programs that wait now continue. */
  open(): void {
    for (const socket of this.#connections.keys()) socket.end()
  }

  /** Lets all programs continue that wait now, or that come before the result is disposed of. */
  keepOpen(): Disposable {
    const open = () => this.open()
    this.#changes.on('change', open)
    open()
    return { [Symbol.dispose]: () => this.#changes.off('change', open) }
  }

  #accept(socket: Socket): void {
    // A program that is killed may reset its connection.
    socket.on('error', () => {})
    socket.once('data', (host) => {
      this.#connections.set(socket, host.toString())
      this.#changes.emit('change')
    })
    socket.once('close', () => {
      this.#connections.delete(socket)
      this.#changes.emit('change')
    })
  }

  async #waitUntil(
    { expectation, timeoutMs = 60_000 }: WaitOptions,
    isTrue: () => boolean | Promise<boolean>,
  ): Promise<void> {
    const timeout = new AbortController()
    const timer = setTimeout(() => timeout.abort(), timeoutMs)
    // Listen before the first check, so that no change between a check and the next wait is missed.
    const changes = on(this.#changes, 'change', { signal: timeout.signal })
    try {
      while (!(await isTrue())) await changes.next()
    } catch (thrown) {
      if (!timeout.signal.aborted) throw thrown
      const hosts = [...this.#connections.values()].join(', ') || 'none'
      throw new Error(`Not within ${timeoutMs} ms: ${expectation}. Open connections: ${hosts}`)
    } finally {
      clearTimeout(timer)
      await changes.return?.()
    }
  }
}
