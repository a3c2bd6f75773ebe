// Shows on the terminal that a long measurement goes on.

export function printProgressDot(): void {
  process.stderr.write('.')
}

export function endProgressLine(): void {
  process.stderr.write('\n')
}
