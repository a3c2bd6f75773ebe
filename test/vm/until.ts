// Waits for something to become true, and says what it was when it did not.
import { setTimeout as sleep } from 'node:timers/promises'

export type Condition = () => Promise<boolean>

export interface Patience {
  what: string
  timeoutMs?: number
}

export async function until(condition: Condition, { what, timeoutMs = 60_000 }: Patience): Promise<void> {
  const end = Date.now() + timeoutMs
  let last = ''
  while (Date.now() < end) {
    try {
      if (await condition()) return
    } catch (error) {
      last = ` (${error})`
    }
    await sleep(25)
  }
  throw new Error(`Not within ${timeoutMs} ms: ${what}${last}`)
}
