// Lines on a stream.

export type Output = Pick<NodeJS.WritableStream, 'write'>

export function printLines(output: Output, lines: string[]): void {
  if (lines.length > 0) output.write(`${lines.join('\n')}\n`)
}
