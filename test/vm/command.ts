// One command on this machine, run to its end.
import { type ChildProcess, spawn } from 'node:child_process'

export interface Ended {
  code: number
  stdout: string
  stderr: string
}

export interface CommandOptions {
  input?: string | undefined
  timeoutMs?: number | undefined
  cwd?: string | undefined
  env?: Record<string, string> | undefined
}

export async function command(argv: string[], { input, timeoutMs, cwd, env }: CommandOptions = {}): Promise<Ended> {
  const [program = '', ...rest] = argv
  const child = spawn(program, rest, { cwd, env: env ? { ...process.env, ...env } : process.env })
  child.stdin.on('error', () => {}) // a command may end without reading its input
  child.stdin.end(input ?? '')
  return ended(child, timeoutMs)
}

export function ended(child: ChildProcess, timeoutMs?: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
    const timer = timeoutMs === undefined ? undefined : setTimeout(tooLong, timeoutMs)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (signal) stderr.push(Buffer.from(`ended by ${signal}\n`))
      resolve({ code: code ?? 128, stdout: text(stdout), stderr: text(stderr) })
    })

    function tooLong() {
      stderr.push(Buffer.from(`not done within ${timeoutMs} ms\n`))
      child.kill('SIGKILL')
    }
  })
}

export function succeeded(ended: Ended, what: string): Ended {
  if (ended.code === 0) return ended
  throw new Error(`${what}\nexit ${ended.code}\n${ended.stdout}${ended.stderr}`)
}

const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('utf8')
