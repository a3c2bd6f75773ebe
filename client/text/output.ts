// Writes lines and JSON to a stream.
import { escapeTerminalCodes } from './plain-text.ts'

export type Output = Pick<NodeJS.WritableStream, 'write'>

export function printLines(output: Output, lines: string[]): void {
  if (lines.length > 0) output.write(`${lines.join('\n')}\n`)
}

export function printJson(output: Output, value: unknown): void {
  printLines(output, [escapeTerminalCodes(JSON.stringify(value, null, 2))])
}
