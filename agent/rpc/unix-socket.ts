// The Unix socket: frames in, answers out, each connection for itself. systemd's socket where there is one, else our own.
import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import type { Peer } from '../interfaces/peer.ts'
import { encodeFrame, type Frame, FrameDecoder } from '../protocol/framing.ts'
import type { Caller, Rpc } from './json-rpc.ts'

export interface RpcServer {
  /** Takes no new calls, answers those under way, aborts the callers that follow, and closes. */
  close(): Promise<void>
}

/** Where to listen: a descriptor that systemd passed, or a path of our own. */
export type ListenAddress = { fd: number } | { path: string }

/** Milliseconds that calls under way get to end when the agent stops. */
const closeGraceMs = 3_000

/**
 * @param whose tells who connected; called at once, as long as the descriptor is there.
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
  // As in the unit bpt-deployer.socket: the group of the directory's owner decides who may connect.
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
  // Who is gone before he asked anything is nobody's trouble.
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
  /** Resolves when the client has read enough for more to be written, or is gone. */
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
        // A client that asks and never reads must not fill the agent's memory.
        await room()
      }
    }
    // A client may close its sending side at once, as `nc -N` does: the answers still go out.
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

/** A socket file that nobody listens on is left over from an agent that died; one that answers is another agent's. */
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
