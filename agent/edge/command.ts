// One command of the host, its output line by line, its whole process group ended when the signal aborts.
import { spawn } from 'node:child_process'
import { lines } from './lines.ts'

export interface Run {
  cwd: string
  env: NodeJS.ProcessEnv
  signal: AbortSignal
  /** Standard output and standard error as they come; what it awaits holds the command back. */
  out(line: string): Promise<void>
}

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
    const read = async (stream: AsyncIterable<Buffer>) => {
      for await (const line of lines(stream)) await out(line)
    }
    const [ended] = await Promise.all([exit, read(child.stdout), read(child.stderr)])
    signal.throwIfAborted()
    return ended
  } finally {
    signal.removeEventListener('abort', end)
    clearTimeout(killer)
  }
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
