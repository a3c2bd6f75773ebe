// Limits how often the build cache is trimmed: looking through it takes as long as a small deploy.

const hourMs = 3_600_000

/** The hour counts from a success. */
export function atMostHourly(act: (signal: AbortSignal) => Promise<void>): (signal: AbortSignal) => Promise<void> {
  let nextAt = 0
  return async (signal) => {
    if (Date.now() < nextAt) return
    await act(signal)
    nextAt = Date.now() + hourMs
  }
}
