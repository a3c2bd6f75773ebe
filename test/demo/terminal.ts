// Prints the demo's output on the terminal: headings, commands with their output as it comes, elapsed seconds.
import type { ChildProcess } from 'node:child_process'
import { styleText } from 'node:util'

const { stdout } = process
const paint = (style: 'bold' | 'cyan' | 'dim', text: string) => styleText(style, text, { stream: stdout })

export function printHeading(sentence: string): void {
  stdout.write(`\n${paint('bold', sentence)}\n`)
}

export function printLines(...lines: string[]): void {
  stdout.write(`${lines.join('\n')}\n`)
}

export function printPrompt(line: string): void {
  printLines(paint('cyan', `$ ${line}`))
}

export interface CommandOutput {
  code: number
  output: string
}

/** Prints a command line, and its output as it comes. */
export function showCommand(line: string, child: ChildProcess): Promise<CommandOutput> {
  printPrompt(line)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      stdout.write(text)
    })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 128, output }))
  })
}

/** Counts the seconds of an action without output: in place on a terminal, otherwise by a line every 15 s. */
export async function showElapsedSeconds<T>(act: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const beganMs = Date.now()
  const seconds = () => Math.round((Date.now() - beganMs) / 1000)
  // The cursor returns to the start of the line, so that other output overwrites it.
  const draw = () =>
    stdout.write(stdout.isTTY ? `${paint('dim', `... ${seconds()} s`)}\x1b[K\r` : `... ${seconds()} s\n`)
  const timer = setInterval(draw, stdout.isTTY ? 1_000 : 15_000)
  try {
    return { value: await act(), seconds: seconds() }
  } finally {
    clearInterval(timer)
    if (stdout.isTTY) stdout.write('\x1b[K')
  }
}
