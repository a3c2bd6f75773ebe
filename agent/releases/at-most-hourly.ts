// Limits how often the build cache is trimmed: looking through it takes as long as a small deploy.

const hourMs = 3_600_000

/** Calls `act` only if an hour has passed since its last success. */
export function atMostHourly(act: (signal: AbortSignal) => Promise<void>): (signal: AbortSignal) => Promise<void> {
  let nextAt = 0
  return async (signal) => {
    if (Date.now() < nextAt) return
    await act(signal)
    nextAt = Date.now() + hourMs
  }
}
