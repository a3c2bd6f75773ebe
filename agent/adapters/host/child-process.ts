// A process of the host, by posix_spawn through koffi: Node forks, which copies its page tables and holds its event loop
// for milliseconds, where this takes a fraction of one (`npm run bench -- share`).
import { channel } from 'node:diagnostics_channel'
import { accessSync, closeSync, constants as files } from 'node:fs'
import { Socket } from 'node:net'
import { constants } from 'node:os'
import { join } from 'node:path'
import { getSystemErrorName } from 'node:util'
import koffi from 'koffi'

export type CommandExit = { code: number | null; signal: NodeJS.Signals | null }

export interface Child {
  readonly stdin: Socket
  readonly stdout: Socket
  readonly stderr: Socket
  /** Resolves when the process has ended; what it printed may still be on its way. */
  readonly exit: Promise<CommandExit>
  /** Signals the process with all that it started; nothing once they have ended. */
  kill(signal: NodeJS.Signals): void
}

// glibc, spawn.h: posix_spawnattr_t takes 336 bytes, posix_spawn_file_actions_t 80, sigset_t 128.
const structBytes = 512
const SETSIGDEF = 0x04
const SETSIGMASK = 0x08
const SETSID = 0x80
// Linux, wait.h and asm-generic/fcntl.h.
const WNOHANG = 1
const O_CLOEXEC = 0o2000000

const libc = koffi.load(null)
const pipe2 = libc.func('int pipe2(_Out_ uint8_t *fds, int flags)')
const waitpid = libc.func('int waitpid(int pid, _Out_ uint8_t *status, int options)')
const sigfillset = libc.func('int sigfillset(_Out_ uint8_t *set)')
const attributesInit = libc.func('int posix_spawnattr_init(_Out_ uint8_t *attr)')
const attributesFlags = libc.func('int posix_spawnattr_setflags(_Inout_ uint8_t *attr, short flags)')
const attributesDefault = libc.func('int posix_spawnattr_setsigdefault(_Inout_ uint8_t *attr, uint8_t *set)')
const actionsInit = libc.func('int posix_spawn_file_actions_init(void *actions)')
const actionsDestroy = libc.func('int posix_spawn_file_actions_destroy(void *actions)')
const actionsDup = libc.func('int posix_spawn_file_actions_adddup2(void *actions, int fd, int target)')
const actionsChdir = libc.func('int posix_spawn_file_actions_addchdir_np(void *actions, const char *path)')
const posixSpawn = libc.func(
  'int posix_spawn(_Out_ int *pid, const char *path, void *actions, void *attr, const char **argv, const char **envp)',
)

/** Tells who listens of each child that was started. */
export const started = channel('bpt-deployer:child')

/** What Node ignores or blocks, a child does not; it leads a session of its own, so that its group can be signalled. */
const attributes = Buffer.alloc(structBytes)
const everySignal = Buffer.alloc(structBytes)
attributesInit(attributes)
sigfillset(everySignal)
attributesDefault(attributes, everySignal)
attributesFlags(attributes, SETSIGDEF | SETSIGMASK | SETSID)

/** @throws Error with the code ENOENT where there is no such program, or with that of what else stands in the way. */
export function spawn(file: string, args: string[], { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }): Child {
  const path = program(file, env)
  // Before it is there: one that ends at once is not told again.
  if (process.listenerCount('SIGCHLD', reapChildren) === 0) process.on('SIGCHLD', reapChildren)
  const ours: number[] = []
  const theirs: number[] = []
  const actions = Buffer.alloc(structBytes)
  actionsInit(actions)
  const pid = [0]
  try {
    for (const target of [0, 1, 2]) {
      const [read, write] = pipe()
      ours.push(target === 0 ? write : read)
      theirs.push(target === 0 ? read : write)
      actionsDup(actions, theirs[target], target)
    }
    actionsChdir(actions, cwd)
    const variables = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : `${name}=${value}`))
    const failed = posixSpawn(pid, path, actions, attributes, [file, ...args, null], [...variables, null])
    if (failed !== 0) throw refused(failed, file)
  } catch (thrown) {
    for (const fd of ours) closeSync(fd)
    throw thrown
  } finally {
    for (const fd of theirs) closeSync(fd)
    actionsDestroy(actions)
  }
  const [stdin = -1, stdout = -1, stderr = -1] = ours
  const child: Child = {
    stdin: new Socket({ fd: stdin, readable: false, writable: true }),
    stdout: new Socket({ fd: stdout, readable: true, writable: false }),
    stderr: new Socket({ fd: stderr, readable: true, writable: false }),
    exit: exitOf(pid[0] ?? 0),
    kill: (signal) => kill(pid[0] ?? 0, signal),
  }
  started.publish(child)
  return child
}

/** Both ends, closed in what else is started. */
function pipe(): [read: number, write: number] {
  const fds = Buffer.alloc(8)
  if (pipe2(fds, O_CLOEXEC) !== 0) throw refused(koffi.errno(), 'pipe')
  return [fds.readInt32LE(0), fds.readInt32LE(4)]
}

/** As execvp finds it, in the PATH that the child gets. */
function program(file: string, { PATH = '/usr/bin:/bin' }: NodeJS.ProcessEnv): string {
  if (file.includes('/')) return file
  const paths = PATH.split(':').map((folder) => join(folder, file))
  const found = paths.find((path) => {
    try {
      accessSync(path, files.X_OK)
      return true
    } catch {
      return false
    }
  })
  if (!found) throw refused(constants.errno.ENOENT, file)
  return found
}

/** Not waited for yet. */
const liveChildren = new Map<number, (exit: CommandExit) => void>()
let reaping: NodeJS.Timeout | undefined

function exitOf(pid: number): Promise<CommandExit> {
  const { promise, resolve } = Promise.withResolvers<CommandExit>()
  // A signal's listener alone would not keep Node up while a child lives.
  if (liveChildren.size === 0) reaping = setInterval(reapChildren, 10_000)
  liveChildren.set(pid, resolve)
  return promise
}

function reapChildren(): void {
  const status = Buffer.alloc(4)
  for (const [pid, ended] of liveChildren) {
    const found = waitpid(pid, status, WNOHANG)
    if (found === 0) continue
    liveChildren.delete(pid)
    ended(found === pid ? exit(status.readInt32LE()) : { code: null, signal: null })
  }
  if (liveChildren.size === 0) clearInterval(reaping)
}

/** waitpid(2): the lower seven bits are the signal that ended it, the second byte is its own code. */
function exit(status: number): CommandExit {
  const number = status & 0x7f
  if (number === 0) return { code: (status >> 8) & 0xff, signal: null }
  return { code: null, signal: signals.get(number) ?? null }
}

const signals = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]))

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')) throw thrown
  }
}

function refused(errno: number, what: string): Error {
  const code = getSystemErrorName(-errno)
  return Object.assign(new Error(`${what}: ${code}`), { code })
}
