// One process at a time on this machine. The kernel gives the lock back when its holder dies.
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export async function alone<T>(name: string, act: () => Promise<T>): Promise<T> {
  const lock = await taken(name)
  try {
    return await act()
  } finally {
    lock.close()
  }
}

async function taken(name: string) {
  for (;;) {
    const server = createServer()
    const got = await new Promise<boolean>((resolve, reject) => {
      server.once('listening', () => resolve(true))
      server.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
      )
      server.listen(`\0${name}`)
    })
    if (got) return server
    await sleep(200)
  }
}
