// Takes locks that one process of the host holds at a time. Each lock is an abstract Unix socket: the kernel closes it
// when the holder dies, so that no lock is left behind.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export async function withHostLock<T>(name: string, act: () => Promise<T>): Promise<T> {
  using _ = await takeLock(name)
  return await act()
}

/** Takes a lock. A process that waits for it connects to the lock's holder: the connection ends when the lock is
 * released. */
async function takeLock(name: string): Promise<Disposable> {
  for (;;) {
    const waiting = new Set<Socket>()
    const server = createServer((socket) => {
      waiting.add(socket.on('error', () => {}))
    })
    try {
      await once(server.listen(`\0${name}`), 'listening')
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE')) throw thrown
      await waitForRelease(name)
      continue
    }
    return {
      [Symbol.dispose]() {
        server.close()
        for (const socket of waiting) socket.destroy()
      },
    }
  }
}

async function waitForRelease(name: string): Promise<void> {
  const connection = connect(`\0${name}`)
  // A refused connection means that the lock was released in the meantime; 'close' follows.
  connection.on('error', () => {})
  connection.resume()
  await new Promise((resolve) => connection.once('close', resolve))
}
