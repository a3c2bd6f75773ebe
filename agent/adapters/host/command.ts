// One command of the host, its output line by line, its whole process group ended when the signal aborts.
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { type CommandExit, spawn } from './child-process.ts'
import { LineDecoder } from './output-lines.ts'

export interface CommandOptions {
  cwd: string
  env: NodeJS.ProcessEnv
  signal: AbortSignal
  /** Standard output and standard error as they come; what it awaits holds the command back, once `bufferBytes` is full. */
  onLine(line: string): Promise<void>
}

/** Bytes that a command may print before what it printed is taken. */
const bufferBytes = 512 * 1024

/** Milliseconds between SIGTERM and SIGKILL. */
const killGraceMs = 5_000

/**
 * Runs a command to its end.
 * @throws the signal's reason once every process of the command is gone, or what `spawn` throws.
 */
export async function runCommand(
  file: string,
  args: string[],
  { cwd, env, signal, onLine }: CommandOptions,
): Promise<CommandExit> {
  signal.throwIfAborted()
  const child = spawn(file, args, { cwd, env })
  child.stdin.destroy()

  let killer: NodeJS.Timeout | undefined
  const end = () => {
    child.kill('SIGTERM')
    killer = setTimeout(() => child.kill('SIGKILL'), killGraceMs)
  }
  signal.addEventListener('abort', end)
  try {
    const outputs = [child.stdout, child.stderr].map((stream) => pipeline(stream, taker(onLine)))
    const [ended] = await Promise.all([child.exit, ...outputs])
    signal.throwIfAborted()
    return ended
  } finally {
    signal.removeEventListener('abort', end)
    clearTimeout(killer)
  }
}

/** Takes lines by the chunk. BuildKit breaks a build off whose output is still on its way 3 s after its end. */
function taker(out: CommandOptions['onLine']): Writable {
  const lines = new LineDecoder()
  const give = (found: string[], done: (thrown?: Error | null) => void) => {
    Promise.all(found.map((line) => out(line))).then(() => done(), done)
  }
  return new Writable({
    highWaterMark: bufferBytes,
    write: (chunk: Buffer, _, done) => give(lines.push(chunk), done),
    final: (done) => give(lines.end(), done),
  })
}

/** Runs a short command on some input and gives its output; standard error stands in for it where it failed. */
export async function captureOutput(
  file: string,
  args: string[],
  run: Omit<CommandOptions, 'onLine'> & { input?: string },
): Promise<CommandExit & { stdout: string; stderr: string }> {
  const { cwd, env, signal, input = '' } = run
  signal.throwIfAborted()
  const child = spawn(file, args, { cwd, env })
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const end = () => {
    child.kill('SIGTERM')
    reject(signal.reason)
  }
  signal.addEventListener('abort', end)
  // What ends without reading its input tells why by its exit.
  child.stdin.on('error', () => {}).end(input)
  try {
    const ended = Promise.all([child.exit, text(child.stdout), text(child.stderr)])
    const [exit, stdout, stderr] = await Promise.race([ended, aborted])
    return { ...exit, stdout, stderr }
  } finally {
    signal.removeEventListener('abort', end)
  }
}
