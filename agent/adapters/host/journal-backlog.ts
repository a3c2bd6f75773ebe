// Queues entries for the journal, which takes one at a time. Output beyond a limit is dropped and counted, so that
// neither a build that prints a lot nor a journald that hangs fills the agent's memory.
import { setImmediate as nextTurn } from 'node:timers/promises'

export interface JournalEntry {
  level: string
  message: unknown
  [field: string]: unknown
}

/** Memory of an entry besides its text. */
const overheadBytes = 256

export class JournalBacklog {
  readonly #send: (entry: JournalEntry) => Promise<void>
  readonly #limitBytes: number
  #waiting: JournalEntry[] = []
  #reservedBytes = 0
  #dropped = 0
  #sending: Promise<void> = Promise.resolve()
  #isIdle = true

  /** @param limitBytes of output that may wait; the number of waiting events has no limit. */
  constructor(send: (entry: JournalEntry) => Promise<void>, limitBytes: number) {
    this.#send = send
    this.#limitBytes = limitBytes
  }

  /** Reserves room for a line of output, which the caller then adds; false if the line must be dropped. */
  tryReserve(line: string): boolean {
    const hasRoom = this.#reservedBytes < this.#limitBytes
    if (hasRoom) this.#reservedBytes += overheadBytes + line.length
    else this.#dropped++
    return hasRoom
  }

  add(entry: JournalEntry): void {
    this.#waiting.push(entry)
    if (this.#isIdle) this.#sending = this.#sendAll()
  }

  /** Resolves when the journal has every entry. */
  end(): Promise<void> {
    return this.#sending
  }

  async #sendAll(): Promise<void> {
    this.#isIdle = false
    // Begin in the next turn of the event loop: the caller's own work goes first.
    await nextTurn()
    while (this.#waiting.length > 0) {
      // Reversed, so that pop() frees each entry as soon as it is sent.
      const batch = this.#waiting.reverse()
      this.#waiting = []
      for (let entry = batch.pop(); entry; entry = batch.pop()) {
        await this.#send(entry)
        if (entry.level === 'debug') this.#reservedBytes -= overheadBytes + String(entry.message).length
      }
      if (this.#dropped > 0 && this.#waiting.length === 0) this.#waiting.push(this.#droppedWarning())
    }
    this.#isIdle = true
  }

  #droppedWarning(): JournalEntry {
    const message = `${this.#dropped} lines are not in the journal, which was too slow for them; the deploy's log has them`
    this.#dropped = 0
    return { level: 'warning', message }
  }
}
