// What the demo puts on the terminal: acts, commands and their output as it comes, and how long a silence lasts.
import type { ChildProcess } from 'node:child_process'
import { styleText } from 'node:util'

const { stdout } = process
const paint = (style: 'bold' | 'cyan' | 'dim', text: string) => styleText(style, text, { stream: stdout })

/** One line of plain prose before what it announces. */
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

/** A command line and what it prints, while it prints. */
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

/** Counts the seconds of what is silent: in place on a terminal, else by a line now and then. */
export async function showElapsedSeconds<T>(silent: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const began = Date.now()
  const seconds = () => Math.round((Date.now() - began) / 1000)
  // The cursor stays in front, so that whoever else prints a line overwrites this one.
  const draw = () =>
    stdout.write(stdout.isTTY ? `${paint('dim', `... ${seconds()} s`)}\x1b[K\r` : `... ${seconds()} s\n`)
  const timer = setInterval(draw, stdout.isTTY ? 1_000 : 15_000)
  try {
    return { value: await silent(), seconds: seconds() }
  } finally {
    clearInterval(timer)
    if (stdout.isTTY) stdout.write('\x1b[K')
  }
}
