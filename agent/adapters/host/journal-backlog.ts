// What waits for the journal, which takes one entry at a time: output up to a limit, so that neither a loud build nor a
// frozen journald makes the agent large. What is beyond is counted and told.
import { setImmediate as next } from 'node:timers/promises'

export interface JournalEntry {
  level: string
  message: unknown
  [field: string]: unknown
}

/** Bytes that an entry takes beside its text. */
const overheadBytes = 256

export class JournalBacklog {
  readonly #hand: (info: JournalEntry) => Promise<void>
  readonly #limit: number
  #waiting: JournalEntry[] = []
  #bytes = 0
  #dropped = 0
  #pumping: Promise<void> = Promise.resolve()
  #idle = true

  /** @param limit bytes of output that may wait. */
  constructor(ctx: (info: JournalEntry) => Promise<void>, limit: number) {
    this.#hand = ctx
    this.#limit = limit
  }

  /** Whether a line of output may wait; one that may is to be added. */
  tryReserve(line: string): boolean {
    const room = this.#bytes < this.#limit
    if (room) this.#bytes += overheadBytes + line.length
    else this.#dropped++
    return room
  }

  add(info: JournalEntry): void {
    this.#waiting.push(info)
    if (this.#idle) this.#pumping = this.#pump()
  }

  /** Resolves when all is handed over. */
  end(): Promise<void> {
    return this.#pumping
  }

  /** One at a time, so that the journal has them in their order; whoever tells goes on first. */
  async #pump(): Promise<void> {
    this.#idle = false
    await next()
    while (this.#waiting.length > 0) {
      // Backwards, so that what is handed over is let go of at once.
      const some = this.#waiting.reverse()
      this.#waiting = []
      for (let info = some.pop(); info; info = some.pop()) {
        await this.#hand(info)
        if (info.level === 'debug') this.#bytes -= overheadBytes + String(info.message).length
      }
      if (this.#dropped > 0 && this.#waiting.length === 0) this.#waiting.push(this.#missing())
    }
    this.#idle = true
  }

  #missing(): JournalEntry {
    const message = `${this.#dropped} lines are not in the journal, which was too slow for them; the deploy's log has them`
    this.#dropped = 0
    return { level: 'warning', message }
  }
}
