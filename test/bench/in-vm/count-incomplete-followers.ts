// Follows the oldest deploy on many connections at once: node count-incomplete-followers.ts CONNECTIONS
// Prints the number of connections that got fewer lines than another one, or none.
import { connect } from 'node:net'

const connectionCount = Number(process.argv[2])
const lineCounts = await Promise.all(Array.from({ length: connectionCount }, countLines))
const completeCount = Math.max(...lineCounts)
console.log(lineCounts.filter((count) => count === 0 || count < completeCount).length)

function countLines(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const socket = connect('/run/bpt-deployer.sock')
  let text = ''
  let count = 0
  socket.on('error', reject)
  socket.write('{"jsonrpc":"2.0","id":1,"method":"follow","params":{"deploy":1}}\n')
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const messages = (text + chunk).split('\n')
    text = messages.pop() ?? ''
    for (const message of messages) {
      const { params, id }: { params?: { lines: string[] }; id?: number } = JSON.parse(message)
      count += params?.lines.length ?? 0
      if (id !== 1) continue
      socket.destroy()
      resolve(count)
    }
  })
  return promise
}
