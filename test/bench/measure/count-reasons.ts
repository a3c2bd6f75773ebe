// Why things failed: each reason once, with how often it was given.

export function counted(reasons: string[]): string[] {
  const times = new Map<string, number>()
  for (const reason of reasons) times.set(reason, (times.get(reason) ?? 0) + 1)
  return [...times].map(([reason, count]) => `${count} times ${reason}`)
}
