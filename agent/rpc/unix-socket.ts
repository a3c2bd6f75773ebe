// Serves the RPC on a Unix socket: one that systemd passed, else one that the agent creates.
import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import type { Peer } from '../interfaces/peer.ts'
import { encodeFrame, type Frame, FrameDecoder } from '../protocol/framing.ts'
import type { CallContext, Rpc } from './json-rpc.ts'

export interface RpcServer {
  /** Accepts no new calls, ends followers, waits for the answers to other calls, and closes. */
  close(): Promise<void>
}

/** A descriptor that systemd passed, or the path of a socket that the agent creates. */
export type ListenAddress = { fd: number } | { path: string }

/** Milliseconds that open calls get when the agent stops. */
const closeGraceMs = 3_000

/**
 * @param readPeer reads the peer of a new connection; called at once, while the descriptor is still open.
 * @throws Error when another agent answers at the path.
 */
export async function listen(
  address: ListenAddress,
  rpc: Rpc,
  readPeer: (socket: Socket) => Promise<Peer>,
): Promise<RpcServer> {
  if ('path' in address) await removeStaleSocket(address.path)
  const connections = new Set<Connection>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = serve(socket, rpc, readPeer(socket))
    connections.add(connection)
    void connection.done.then(() => connections.delete(connection))
  })
  server.listen(address)
  await once(server, 'listening')
  // As in bpt-deployer.socket: members of the socket's group may connect.
  if ('path' in address) await chmod(address.path, 0o660)
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
  // A client that closes the connection before its first call is no error.
  peer.catch(() => {})
  const gone = new AbortController()
  const calls = new Set<Promise<void>>()
  let isOpen = true
  socket.on('error', () => {})
  socket.once('close', () => gone.abort())

  let drained = Promise.withResolvers<void>()
  const onDrain = () => {
    drained.resolve()
    drained = Promise.withResolvers()
  }
  socket.on('drain', onDrain).on('close', onDrain)
  /** Resolves when the client has read enough for the next message, or has closed the connection. */
  const waitForRoom = () => (socket.writableNeedDrain && !socket.destroyed ? drained.promise : Promise.resolve())
  const send = async (message: unknown) => {
    if (socket.writable && !socket.write(encodeFrame(message))) await waitForRoom()
  }

  async function answer(frame: Frame): Promise<void> {
    const context: CallContext = {
      peer: await peer,
      notify: (method, params) => send({ jsonrpc: '2.0', method, params }),
      gone: gone.signal,
    }
    const answered = await rpc.answer(frame, context)
    if (answered) await send(answered)
  }

  async function read(): Promise<void> {
    const frames = new FrameDecoder()
    const answerAll = async (received: Iterable<Frame>) => {
      for (const frame of received) {
        const call = answer(frame).catch(() => {})
        calls.add(call)
        void call.then(() => calls.delete(call))
        // A client that calls and never reads must not fill the agent's memory.
        await waitForRoom()
      }
    }
    // A client may close its sending side at once, as `nc -N` does, and still reads the answers.
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      if (!isOpen) continue
      await answerAll(frames.push(chunk))
    }
    await answerAll(frames.end())
  }

  const done = read()
    .catch(() => {})
    .then(() => Promise.all(calls))
    .then(() => void socket.end())
  return {
    done,
    async close() {
      isOpen = false
      gone.abort()
      const timer = setTimeout(() => socket.destroy(), closeGraceMs)
      await Promise.all(calls)
      socket.end(() => socket.destroy())
      await done
      clearTimeout(timer)
    },
  }
}

/** Removes the socket file of an agent that died. @throws Error when an agent answers there. */
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
