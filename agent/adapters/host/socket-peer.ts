// SO_PEERCRED of a Unix socket through koffi, names through `getent`, since university accounts are often in LDAP.
import type { Socket } from 'node:net'
import koffi from 'koffi'
import type { Peer } from '../../interfaces/peer.ts'
import { captureOutput } from './command.ts'

// Linux, include/uapi/asm-generic/socket.h; ucred is { pid_t, uid_t, gid_t }.
const SOL_SOCKET = 1
const SO_PEERCRED = 17
const getsockopt = koffi.load(null).func('int getsockopt(int, int, int, _Out_ uint8_t *, _Inout_ uint32_t *)')

/** Milliseconds that a directory of accounts gets to name one. */
const lookupTimeoutMs = 10_000

/** The credentials of whoever connected. Call it first thing: the descriptor is gone once the client is. */
export function readPeerCredentials(socket: Socket): { pid: number; uid: number } {
  const handle: unknown = Reflect.get(socket, '_handle')
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined
  const ucred = Buffer.alloc(12)
  if (typeof fd !== 'number' || fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ucred, [12]) !== 0)
    throw new Error('the kernel does not say who connected')
  return { pid: ucred.readInt32LE(0), uid: ucred.readUInt32LE(4) }
}

/** Names of uids, each asked of NSS once in five minutes. */
export function createUserNameLookup(): (uid: number) => Promise<string> {
  const known = new Map<number, { name: Promise<string>; until: number }>()
  return (uid) => {
    const found = known.get(uid)
    if (found && found.until > Date.now()) return found.name
    const name = nss(uid)
    known.set(uid, { name, until: Date.now() + 300_000 })
    return name
  }
}

export async function readSocketPeer(socket: Socket, name: (uid: number) => Promise<string>): Promise<Peer> {
  const { pid, uid } = readPeerCredentials(socket)
  return { pid, uid, name: await name(uid) }
}

async function nss(uid: number): Promise<string> {
  try {
    const signal = AbortSignal.timeout(lookupTimeoutMs)
    const { stdout } = await captureOutput('getent', ['passwd', String(uid)], { cwd: '/', env: process.env, signal })
    return stdout.split(':')[0] || `uid ${uid}`
  } catch {
    return `uid ${uid}`
  }
}
