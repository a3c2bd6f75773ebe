// One command of the host, its output line by line, its whole process group ended when the signal aborts.
import { spawn } from 'node:child_process'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Lines } from './lines.ts'

export interface Run {
  cwd: string
  env: NodeJS.ProcessEnv
  signal: AbortSignal
  /** Standard output and standard error as they come; what it awaits holds the command back, once `ahead` is full. */
  out(line: string): Promise<void>
}

/** Bytes that a command may print before what it printed is taken. */
const ahead = 512 * 1024

/** Milliseconds between SIGTERM and SIGKILL. */
const grace = 5_000

export type Exit = { code: number | null; signal: NodeJS.Signals | null }

/**
 * Runs a command to its end.
 * @throws the signal's reason once every process of the command is gone, or what spawn throws.
 */
export async function run(file: string, args: string[], { cwd, env, signal, out }: Run): Promise<Exit> {
  signal.throwIfAborted()
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const { promise: exit, resolve, reject } = Promise.withResolvers<Exit>()
  child.once('error', reject)
  child.once('close', (code, by) => resolve({ code, signal: by }))

  let killer: NodeJS.Timeout | undefined
  const end = () => {
    kill(child.pid, 'SIGTERM')
    killer = setTimeout(() => kill(child.pid, 'SIGKILL'), grace)
  }
  signal.addEventListener('abort', end)
  try {
    const [ended] = await Promise.all([exit, pipeline(child.stdout, taker(out)), pipeline(child.stderr, taker(out))])
    signal.throwIfAborted()
    return ended
  } finally {
    signal.removeEventListener('abort', end)
    clearTimeout(killer)
  }
}

/** Takes lines by the chunk. BuildKit breaks a build off whose output is still on its way 3 s after its end. */
function taker(out: Run['out']): Writable {
  const lines = new Lines()
  const give = (found: string[], done: (thrown?: Error | null) => void) => {
    Promise.all(found.map((line) => out(line))).then(() => done(), done)
  }
  return new Writable({
    highWaterMark: ahead,
    write: (chunk: Buffer, _, done) => give(lines.take(chunk), done),
    final: (done) => give(lines.end(), done),
  })
}

/** Runs a short command on some input and gives its output; standard error stands in for it where it failed. */
export async function capture(
  file: string,
  args: string[],
  run: Omit<Run, 'out'> & { input?: string },
): Promise<Exit & { stdout: string; stderr: string }> {
  run.signal.throwIfAborted()
  const child = spawn(file, args, { cwd: run.cwd, env: run.env, signal: run.signal, stdio: ['pipe', 'pipe', 'pipe'] })
  // What ends without reading its input tells why by its exit.
  child.stdin.on('error', () => {}).end(run.input ?? '')
  const texts = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.stderr += text))
  const { promise, resolve, reject } = Promise.withResolvers<Exit>()
  child.once('error', (thrown) => reject(run.signal.aborted ? run.signal.reason : thrown))
  child.once('close', (code, signal) => resolve({ code, signal }))
  return { ...(await promise), ...texts }
}

function kill(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid) process.kill(-pid, signal)
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')) throw thrown
  }
}
