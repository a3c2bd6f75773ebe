// Reads the words in which Docker refuses a request.

/** Returns the message of Docker's answer; null if Docker did not answer. */
export function refusalMessage(thrown: unknown): string | null {
  const json = thrown instanceof Error && 'json' in thrown ? thrown.json : null
  return typeof json === 'object' && json !== null && 'message' in json ? String(json.message).trim() : null
}
