// Gives up waiting for an answer.
import { setTimeout as after } from 'node:timers/promises'

/** Resolves with null as well if the promise rejects. */
export async function orNullAfter<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  const answered = new AbortController()
  const late = after(ms, null, { signal: answered.signal, ref: false }).catch(() => null)
  const result = await Promise.race([promise.catch(() => null), late])
  answered.abort()
  return result
}
