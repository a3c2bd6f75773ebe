// Runs a command on the host to its end.
import { type ChildProcess, spawn } from 'node:child_process'

export interface CommandResult {
  code: number
  stdout: string
  stderr: string
}

export interface CommandOptions {
  input?: string | undefined
  timeoutMs?: number | undefined
  cwd?: string | undefined
  env?: Record<string, string> | undefined
  /** True if processes that the command has left behind may hold its output open: the result does not wait for them. */
  ignoresHeldOutput?: boolean | undefined
}

/** Time in which the output of a command that has ended is read. */
const outputTimeoutMs = 250

export async function runCommand(
  argv: string[],
  { input, timeoutMs, cwd, env, ignoresHeldOutput }: CommandOptions = {},
): Promise<CommandResult> {
  const [program = '', ...args] = argv
  const child = spawn(program, args, { cwd, env: env ? { ...process.env, ...env } : process.env })
  child.stdin.on('error', () => {}) // a command may end without reading its input
  child.stdin.end(input ?? '')
  if (ignoresHeldOutput) child.on('exit', () => closeOutputSoon(child))
  return waitForExit(child, timeoutMs)
}

function closeOutputSoon(child: ChildProcess) {
  const close = () => {
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
  // Timers come before input in a turn of the event loop: read once more.
  const timer = setTimeout(() => setImmediate(() => setImmediate(close)), outputTimeoutMs)
  child.on('close', () => clearTimeout(timer))
}

export function waitForExit(child: ChildProcess, timeoutMs?: number): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
    const timer = timeoutMs === undefined ? undefined : setTimeout(killLateChild, timeoutMs)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (signal) stderr.push(Buffer.from(`ended by ${signal}\n`))
      resolve({ code: code ?? 128, stdout: decode(stdout), stderr: decode(stderr) })
    })

    function killLateChild() {
      stderr.push(Buffer.from(`did not end within ${timeoutMs} ms\n`))
      child.kill('SIGKILL')
    }
  })
}

/** @param failure first line of the error that is thrown after another exit code than 0. */
export function assertSuccess(result: CommandResult, failure: string): CommandResult {
  if (result.code === 0) return result
  throw new Error(`${failure}\nexit ${result.code}\n${result.stdout}${result.stderr}`)
}

const decode = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('utf8')
