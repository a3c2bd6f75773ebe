// Reads from the kernel which user a client of the Unix socket is. Names come from `getent`, which also asks LDAP.
import type { Socket } from 'node:net'
import koffi from 'koffi'
import type { Peer } from '../../interfaces/peer.ts'
import { captureOutput } from './command.ts'

// Linux, include/uapi/asm-generic/socket.h; ucred is { pid_t, uid_t, gid_t }.
const SOL_SOCKET = 1
const SO_PEERCRED = 17
const getsockopt = koffi.load(null).func('int getsockopt(int, int, int, _Out_ uint8_t *, _Inout_ uint32_t *)')

/** Time that a directory such as LDAP gets to answer. */
const lookupTimeoutMs = 10_000

const cacheMs = 300_000

/** Reads the client's pid and uid. Call it at once: the file descriptor is gone as soon as the client is. */
function readPeerCredentials(socket: Socket): { pid: number; uid: number } {
  const handle: unknown = Reflect.get(socket, '_handle')
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined
  const ucred = Buffer.alloc(12)
  if (typeof fd !== 'number' || fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ucred, [12]) !== 0)
    throw new Error('the kernel does not name the client of the socket')
  return { pid: ucred.readInt32LE(0), uid: ucred.readUInt32LE(4) }
}

/** Returns a lookup of user names that asks for each uid at most once in five minutes. */
export function createUserNameLookup(): (uid: number) => Promise<string> {
  const cache = new Map<number, { name: Promise<string>; until: number }>()
  return (uid) => {
    const cached = cache.get(uid)
    if (cached && cached.until > Date.now()) return cached.name
    const name = lookUpName(uid)
    cache.set(uid, { name, until: Date.now() + cacheMs })
    return name
  }
}

export async function readSocketPeer(socket: Socket, nameOf: (uid: number) => Promise<string>): Promise<Peer> {
  const { pid, uid } = readPeerCredentials(socket)
  return { pid, uid, name: await nameOf(uid) }
}

async function lookUpName(uid: number): Promise<string> {
  try {
    const signal = AbortSignal.timeout(lookupTimeoutMs)
    const { stdout } = await captureOutput('getent', ['passwd', String(uid)], { cwd: '/', env: process.env, signal })
    return stdout.split(':')[0] || `uid ${uid}`
  } catch {
    return `uid ${uid}`
  }
}
