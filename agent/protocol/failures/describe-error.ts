// Recognizes errors that the server causes, not the agent: each becomes a failure with the words of its source.
import { getSystemErrorMessage } from 'node:util'
import type { errorSentences } from './error-failures.ts'

type ErrorCode = keyof typeof errorSentences

/** A failure before it is written: the code and the details of its sentence. */
export type DescribedError =
  | { [C in ErrorCode]: { code: C; details: Parameters<(typeof errorSentences)[C]>[0] } }[ErrorCode]
  | { code: 'disk_full'; details: { what: string } }
  | { code: 'docker_away'; details: { reason: string } }

/** An error of Node or dockerode, as far as it is known. */
interface SystemError extends Error {
  code?: unknown
  errno?: unknown
  syscall?: unknown
  path?: unknown
  statusCode?: unknown
  json?: unknown
  errstr?: unknown
}

const fullDisk = /ENOSPC|EDQUOT|no space left on device|database or disk is full|disk quota exceeded/i

/** Verbs for system calls; any other call is a use of the file. */
const acts: Record<string, string> = {
  open: 'open',
  read: 'read',
  stat: 'read',
  lstat: 'read',
  statfs: 'read',
  readlink: 'read',
  scandir: 'list',
  write: 'write',
  ftruncate: 'write',
  fsync: 'write',
  mkdir: 'create',
  mkdtemp: 'create',
  symlink: 'create',
  link: 'create',
  copyfile: 'copy',
  rename: 'rename',
  unlink: 'remove',
  rm: 'remove',
  rmdir: 'remove',
  chmod: 'change the mode of',
  chown: 'change the owner of',
  chdir: 'enter',
}

/** Returns null for an error that only a bug of the agent explains. */
export function describeError(thrown: unknown): DescribedError | null {
  if (!(thrown instanceof Error)) return null
  const error: SystemError = thrown
  if (fullDisk.test(error.message)) return { code: 'disk_full', details: { what: lowerFirst(error.message) } }
  if (typeof error.statusCode === 'number') return { code: 'engine_refused', details: { reason: engineMessage(error) } }
  if (error.name === 'TimeoutError') return { code: 'docker_away', details: { reason: 'no answer in time' } }
  if (error.code === 'ERR_SQLITE_ERROR') return { code: 'store_failed', details: { reason: error.message } }
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)
    ? describeSystemError(error, error.code)
    : null
}

function describeSystemError(error: SystemError, code: string): DescribedError {
  const syscall = typeof error.syscall === 'string' ? error.syscall : ''
  const reason = systemWords(error)
  const [, program] = /^spawn (.+)$/.exec(syscall) ?? []
  if (program) return { code: 'program_failed', details: { program, code, reason } }
  if (isSocketError(code, syscall)) return { code: 'docker_away', details: { reason: code } }
  const path = typeof error.path === 'string' ? error.path : null
  return { code: 'file_failed', details: { act: acts[syscall] ?? 'use', path, code, reason } }
}

/** True for an error of a connection: Docker's socket is the only one on which the agent waits for an answer. */
export function isSocketError(code: string, syscall: string): boolean {
  return syscall === 'connect' || ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(code)
}

/** Returns the system's words for the error, such as `permission denied`. */
function systemWords({ errno, message }: SystemError): string {
  const words = typeof errno === 'number' ? getSystemErrorMessage(errno) : undefined
  return words ?? message
}

/** Returns what the engine itself says, without dockerode's introduction. */
function engineMessage({ json, message }: SystemError): string {
  const own = typeof json === 'object' && json !== null && 'message' in json ? String(json.message) : ''
  return own.trim() || message.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim()
}

function lowerFirst(text: string): string {
  return text.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())
}
