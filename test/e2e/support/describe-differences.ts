// Lists the differences between two values as readable lines.

/** @returns a line for each difference: its path, and both values. */
export function describeDifferences(actual: unknown, expected: unknown, path = ''): string[] {
  if (Array.isArray(actual) && Array.isArray(expected)) return describeListDifferences(actual, expected, path)
  if (isRecord(actual) && isRecord(expected)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
    return keys.flatMap((key) => describeDifferences(actual[key], expected[key], path ? `${path} › ${key}` : key))
  }
  return JSON.stringify(actual) === JSON.stringify(expected)
    ? []
    : [`${path}: ${shorten(actual)}, compose leaves ${shorten(expected)}`]
}

function describeListDifferences(actual: unknown[], expected: unknown[], path: string): string[] {
  const [actualTexts, expectedTexts] = [actual, expected].map((list) => list.map((item) => JSON.stringify(item)))
  const added = (actualTexts ?? []).filter((text) => !expectedTexts?.includes(text))
  const missing = (expectedTexts ?? []).filter((text) => !actualTexts?.includes(text))
  if (added.length + missing.length > 0)
    return [
      ...added.map((text) => `${path}: has ${cut(text)}`),
      ...missing.map((text) => `${path}: lacks ${cut(text)}`),
    ]
  if (actualTexts?.join() === expectedTexts?.join()) return []
  return [`${path}: ${shorten(actual)}, compose leaves ${shorten(expected)}`]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shorten(value: unknown): string {
  return value === undefined ? 'nothing' : cut(JSON.stringify(value))
}

function cut(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
