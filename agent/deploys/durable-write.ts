// What must be recorded is recorded, however long the record's file system has no room for it.
import { setTimeout as after } from 'node:timers/promises'

/** Milliseconds between two tries. */
const delayMs = 1_000

/** Tries until it succeeds; gives up, with what was thrown, only when the agent ends: its next life takes it up. */
export async function retryUntilDurable(
  write: () => void,
  { ending, trouble }: { ending: AbortSignal; trouble(thrown: unknown): void },
): Promise<void> {
  for (let told = false; ; told = true) {
    try {
      return write()
    } catch (thrown) {
      if (ending.aborted) throw thrown
      if (!told) trouble(thrown)
      await after(delayMs, undefined, { signal: ending }).catch(() => {})
    }
  }
}
