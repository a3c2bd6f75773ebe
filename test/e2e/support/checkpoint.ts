// Gates: what comes to one goes on when a test opens it. It waits by a connection to the test, which the kernel ends when
// it dies: who comes and who goes is news.
import { EventEmitter, on, once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Patience, Vm } from '../../vm/vm.ts'

export class Gate {
  /** Who has come and has not gone yet, and the host names of their containers. */
  readonly #there = new Map<Socket, string>()
  readonly #news = new EventEmitter()
  readonly #server = createServer((one) => this.#comes(one)).unref()

  static async made(): Promise<Gate> {
    const gate = new Gate()
    await once(gate.#server.listen(), 'listening')
    return gate
  }

  /** What a program waits for by itself: a promise in JavaScript, without double quotes. */
  passage({ host }: Vm): string {
    const { port } = this.#server.address() as AddressInfo
    const tell = "function () { this.write(process.getBuiltinModule('os').hostname()) }"
    const connection = `process.getBuiltinModule('net').connect(${port}, '${host}', ${tell})`
    return `new Promise((go) => ${connection}.resume().on('close', go))`
  }

  /** What a shell runs that waits. */
  command(vm: Vm): string {
    return `node -e "${this.passage(vm)}"`
  }

  /** The host names of the containers that wait. */
  get waiting(): string[] {
    return [...this.#there].flatMap(([one, host]) => (one.writableEnded ? [] : host))
  }

  /** Resolves when somebody waits, or who is looked for. */
  reached(patience: Patience, so: () => boolean | Promise<boolean> = () => this.waiting.length > 0): Promise<void> {
    return this.#until(patience, so)
  }

  /** Resolves when nobody is left who came, opened to or not. */
  left(patience: Patience): Promise<void> {
    return this.#until(patience, () => this.#there.size === 0)
  }

  /** Lets all go on that wait. */
  open(): void {
    for (const one of this.#there.keys()) one.end()
  }

  /** Lets all go on that wait, and whoever comes. */
  wide(): Disposable {
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

  async #until({ what, timeoutMs = 60_000 }: Patience, so: () => boolean | Promise<boolean>): Promise<void> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeoutMs)
    // Listened to before the first look, so that nothing comes unheard between a look and the next news.
    const news = on(this.#news, 'news', { signal: late.signal })
    try {
      while (!(await so())) await news.next()
    } catch (thrown) {
      if (!late.signal.aborted) throw thrown
      throw new Error(`Not within ${timeoutMs} ms: ${what}. There: ${[...this.#there.values()].join(', ') || 'nobody'}`)
    } finally {
      clearTimeout(timer)
      await news.return?.()
    }
  }
}
