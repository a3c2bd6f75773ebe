// One process at a time on this machine. The kernel gives the lock back when its holder dies.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export async function withHostLock<T>(name: string, act: () => Promise<T>): Promise<T> {
  using _ = await takeLock(name)
  return await act()
}

/** Who finds it taken holds on to its holder: the connection ends when the lock is given back. */
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
  const holder = connect(`\0${name}`)
  // Nobody holds it any more when nobody answers.
  holder.on('error', () => {})
  holder.resume()
  await new Promise((resolve) => holder.once('close', resolve))
}
