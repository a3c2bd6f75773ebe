// Serves the Unix socket that systemd passes, or else a socket of its own: reads frames and sends answers.
import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import type { Peer } from '../interfaces/peer.ts'
import { encodeFrame, type Frame, FrameDecoder } from '../protocol/framing.ts'
import type { Caller, Rpc } from './json-rpc.ts'

export interface RpcServer {
  /** Accepts no new calls, answers the calls under way, ends followers, and closes. */
  close(): Promise<void>
}

/** A descriptor that systemd passed, or the path of a socket to create. */
export type ListenAddress = { fd: number } | { path: string }

/** Milliseconds that calls under way have to end when the agent stops. */
const closeGraceMs = 3_000

/**
 * @param whose reads the peer of a connection; called at once, while the descriptor is open.
 * @throws Error when another agent answers at the path.
 */
export async function listen(
  place: ListenAddress,
  rpc: Rpc,
  whose: (socket: Socket) => Promise<Peer>,
): Promise<RpcServer> {
  if ('path' in place) await removeStaleSocket(place.path)
  const connections = new Set<Connection>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = serve(socket, rpc, whose(socket))
    connections.add(connection)
    void connection.done.then(() => connections.delete(connection))
  })
  server.listen(place)
  await once(server, 'listening')
  // As in the unit bpt-deployer.socket, members of the socket's group may connect.
  if ('path' in place) await chmod(place.path, 0o660)
  return {
    async close() {
      server.close()
      await Promise.all([...connections].map((connection) => connection.close()))
    },
  }
}

interface Connection {
  done: Promise<void>
  close(): Promise<void>
}

function serve(socket: Socket, rpc: Rpc, peer: Promise<Peer>): Connection {
  // A client that leaves before its first call causes no error.
  peer.catch(() => {})
  const gone = new AbortController()
  const calls = new Set<Promise<void>>()
  let open = true
  socket.on('error', () => {})
  socket.once('close', () => gone.abort())

  let full = Promise.withResolvers<void>()
  const release = () => {
    full.resolve()
    full = Promise.withResolvers()
  }
  socket.on('drain', release).on('close', release)
  /** Resolves when the client has read enough that more can be written, or has left. */
  const room = () => (socket.writableNeedDrain && !socket.destroyed ? full.promise : Promise.resolve())
  const send = async (message: unknown) => {
    if (socket.writable && !socket.write(encodeFrame(message))) await room()
  }

  async function answer(frame: Frame): Promise<void> {
    const caller: Caller = {
      peer: await peer,
      notify: (method, params) => send({ jsonrpc: '2.0', method, params }),
      gone: gone.signal,
    }
    const answered = await rpc.answer(frame, caller)
    if (answered) await send(answered)
  }

  async function read(): Promise<void> {
    const frames = new FrameDecoder()
    const take = async (found: Iterable<Frame>) => {
      for (const frame of found) {
        const call = answer(frame).catch(() => {})
        calls.add(call)
        void call.then(() => calls.delete(call))
        // A client that calls and never reads must not fill the agent's memory.
        await room()
      }
    }
    // A client may close its sending side at once, as `nc -N` does, and still gets its answers.
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      if (!open) continue
      await take(frames.push(chunk))
    }
    await take(frames.end())
  }

  const done = read()
    .catch(() => {})
    .then(() => Promise.all(calls))
    .then(() => void socket.end())
  return {
    done,
    async close() {
      open = false
      gone.abort()
      const timer = setTimeout(() => socket.destroy(), closeGraceMs)
      await Promise.all(calls)
      socket.end(() => socket.destroy())
      await done
      clearTimeout(timer)
    },
  }
}

/** Removes the socket file of a dead agent. @throws Error if an agent answers there. */
async function removeStaleSocket(path: string): Promise<void> {
  const other = connect(path)
  const answers = await Promise.race([
    once(other, 'connect').then(() => true),
    once(other, 'error').then(() => false),
  ]).catch(() => false)
  other.destroy()
  if (answers) throw new Error(`Another agent already answers at ${path}. Look: systemctl status bpt-deployer`)
  await rm(path, { force: true })
}
