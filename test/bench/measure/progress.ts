// Shows on the terminal that a long measurement is under way.

export function printProgressDot(): void {
  process.stderr.write('.')
}

export function endProgressLine(): void {
  process.stderr.write('\n')
}
