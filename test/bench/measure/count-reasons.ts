// Groups the reasons of failures.

/** Lists each reason once, with the number of times it occurred. */
export function countReasons(reasons: string[]): string[] {
  const counts = new Map<string, number>()
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts].map(([reason, count]) => `${count} times ${reason}`)
}
