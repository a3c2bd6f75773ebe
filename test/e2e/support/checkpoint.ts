// Gates: what comes to one goes on when a test opens it. It waits by a connection to the test, which the kernel ends when
// it dies: who comes and who goes is news.
import { EventEmitter, on, once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Vm, WaitOptions } from '../../vm/vm.ts'

export class Checkpoint {
  /** Who has come and has not gone yet, and the host names of their containers. */
  readonly #there = new Map<Socket, string>()
  readonly #news = new EventEmitter()
  readonly #server = createServer((one) => this.#comes(one)).unref()

  static async create(): Promise<Checkpoint> {
    const gate = new Checkpoint()
    await once(gate.#server.listen(), 'listening')
    return gate
  }

  /** What a program waits for by itself: a promise in JavaScript, without double quotes. */
  waitExpression({ hostAddress }: Vm): string {
    const { port } = this.#server.address() as AddressInfo
    const tell = "function () { this.write(process.getBuiltinModule('os').hostname()) }"
    const connection = `process.getBuiltinModule('net').connect(${port}, '${hostAddress}', ${tell})`
    return `new Promise((go) => ${connection}.resume().on('close', go))`
  }

  /** What a shell runs that waits. */
  waitCommand(vm: Vm): string {
    return `node -e "${this.waitExpression(vm)}"`
  }

  /** The host names of the containers that wait. */
  get waitingHosts(): string[] {
    return [...this.#there].flatMap(([one, host]) => (one.writableEnded ? [] : host))
  }

  /** Resolves when somebody waits, or who is looked for. */
  waitUntilReached(
    patience: WaitOptions,
    so: () => boolean | Promise<boolean> = () => this.waitingHosts.length > 0,
  ): Promise<void> {
    return this.#until(patience, so)
  }

  /** Resolves when nobody is left who came, opened to or not. */
  waitUntilLeft(patience: WaitOptions): Promise<void> {
    return this.#until(patience, () => this.#there.size === 0)
  }

  /** Lets all go on that wait. */
  open(): void {
    for (const one of this.#there.keys()) one.end()
  }

  /** Lets all go on that wait, and whoever comes. */
  keepOpen(): Disposable {
    const open = () => this.open()
    this.#news.on('news', open)
    open()
    return { [Symbol.dispose]: () => this.#news.off('news', open) }
  }

  #comes(one: Socket): void {
    // Who dies may leave without a word.
    one.on('error', () => {})
    one.once('data', (host) => {
      this.#there.set(one, host.toString())
      this.#news.emit('news')
    })
    one.once('close', () => {
      this.#there.delete(one)
      this.#news.emit('news')
    })
  }

  async #until({ expectation, timeoutMs = 60_000 }: WaitOptions, so: () => boolean | Promise<boolean>): Promise<void> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeoutMs)
    // Listened to before the first look, so that nothing comes unheard between a look and the next news.
    const news = on(this.#news, 'news', { signal: late.signal })
    try {
      while (!(await so())) await news.next()
    } catch (thrown) {
      if (!late.signal.aborted) throw thrown
      throw new Error(
        `Not within ${timeoutMs} ms: ${expectation}. There: ${[...this.#there.values()].join(', ') || 'nobody'}`,
      )
    } finally {
      clearTimeout(timer)
      await news.return?.()
    }
  }
}
