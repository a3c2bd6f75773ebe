// Runs commands of the host. An aborted signal ends a command's whole process group.
import { type ChildProcessByStdio, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { LineDecoder } from './output-lines.ts'

export interface CommandOptions {
  cwd: string
  env: NodeJS.ProcessEnv
  signal: AbortSignal
  /** Gets each line of both outputs; while its promise is pending and `bufferBytes` are full, the command has to wait. */
  onLine(line: string): Promise<void>
}

export interface CommandExit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** Bytes of output that may wait for `onLine`. */
const bufferBytes = 512 * 1024

/** Milliseconds between SIGTERM and SIGKILL. */
const killGraceMs = 5_000

/**
 * Runs a command until each of its processes has closed its output.
 * @throws the signal's reason once every process of the command is gone, or the error with which it could not start.
 */
export async function runCommand(
  file: string,
  args: string[],
  { cwd, env, signal, onLine }: CommandOptions,
): Promise<CommandExit> {
  signal.throwIfAborted()
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = waitUntilClosed(child, cwd)
  if (child.pid === undefined) return closed

  let killTimer: NodeJS.Timeout | undefined
  const end = () => {
    signalGroup(child.pid, 'SIGTERM')
    killTimer = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), killGraceMs)
  }
  signal.addEventListener('abort', end)
  try {
    const outputs = [child.stdout, child.stderr].map((stream) => pipeline(stream, createLineWriter(onLine)))
    const [exit] = await Promise.all([closed, ...outputs])
    signal.throwIfAborted()
    return exit
  } finally {
    signal.removeEventListener('abort', end)
    clearTimeout(killTimer)
  }
}

/**
 * Runs a short command on some input and returns its output.
 * @throws the signal's reason at once, or the error with which it could not start.
 */
export async function captureOutput(
  file: string,
  args: string[],
  { cwd, env, signal, input = '' }: Omit<CommandOptions, 'onLine'> & { input?: string },
): Promise<CommandExit & { stdout: string; stderr: string }> {
  signal.throwIfAborted()
  // Nothing may be awaited before the spawn: withNetAdmin lends its capability only for the call.
  const child: ChildProcessWithoutNullStreams = spawn(file, args, { cwd, env, detached: true })
  const closed = waitUntilClosed(child, cwd)
  if (child.pid === undefined) return { ...(await closed), stdout: '', stderr: '' }

  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const end = () => {
    signalGroup(child.pid, 'SIGTERM')
    reject(signal.reason)
  }
  signal.addEventListener('abort', end)
  // A command that ends without reading its input says why by its exit, not by EPIPE.
  child.stdin.on('error', () => {}).end(input)
  try {
    const ended = Promise.all([closed, text(child.stdout), text(child.stderr)])
    const [exit, stdout, stderr] = await Promise.race([ended, aborted])
    return { ...exit, stdout, stderr }
  } finally {
    signal.removeEventListener('abort', end)
  }
}

type CommandProcess = ChildProcessByStdio<Writable | null, Readable, Readable>

/** Resolves when the process has ended and no process holds its outputs any more; rejects if it cannot start. */
function waitUntilClosed(child: CommandProcess, cwd: string): Promise<CommandExit> {
  const { promise, resolve, reject } = Promise.withResolvers<CommandExit>()
  child.once('error', (thrown) => {
    // Node leaves the pipes of a command that could not start open; without file descriptors it has made none.
    for (const stream of child.stdio ?? []) stream?.destroy()
    reject(blameFolder(thrown, cwd))
  })
  child.once('close', (code: number | null, signal: NodeJS.Signals | null) => resolve({ code, signal }))
  return promise
}

/** Node calls the program missing if its folder is: returns the error with the folder then. */
function blameFolder(thrown: NodeJS.ErrnoException, cwd: string): NodeJS.ErrnoException {
  const isFolderMissing = thrown.code === 'ENOENT' && !existsSync(cwd)
  return isFolderMissing ? Object.assign(thrown, { syscall: 'chdir', path: cwd }) : thrown
}

/** Signals a command with all processes that it started: `detached` made it the leader of a process group. */
function signalGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (leader !== undefined) process.kill(-leader, signal)
  } catch (thrown) {
    const isGone = thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH'
    if (!isGone) throw thrown
  }
}

/** Hands over all lines of a chunk at once: BuildKit breaks off a build whose output lags 3 s behind its end. */
function createLineWriter(onLine: CommandOptions['onLine']): Writable {
  const decoder = new LineDecoder()
  const write = (lines: string[], done: (thrown?: Error | null) => void) => {
    Promise.all(lines.map((line) => onLine(line))).then(() => done(), done)
  }
  return new Writable({
    highWaterMark: bufferBytes,
    write: (chunk: Buffer, _, done) => write(decoder.push(chunk), done),
    final: (done) => write(decoder.end(), done),
  })
}
