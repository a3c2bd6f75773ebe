// Follows the oldest deploy that has a log on many connections at once: node many-followers.ts <how many>
import { connect } from 'node:net'

const many = Number(process.argv[2])
const counts = await Promise.all(Array.from({ length: many }, follow))
const different = [...new Set(counts)]
console.log(
  different.length === 1 ? `${different[0]}` : `between ${Math.min(...different)} and ${Math.max(...different)}`,
)

function follow(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const socket = connect('/run/bpt-deployer.sock')
  let text = ''
  let lines = 0
  socket.on('error', reject)
  socket.write('{"jsonrpc":"2.0","id":1,"method":"follow","params":{"deploy":1}}\n')
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const messages = (text + chunk).split('\n')
    text = messages.pop() ?? ''
    for (const message of messages) {
      const { params, id }: { params?: { lines: string[] }; id?: number } = JSON.parse(message)
      lines += params?.lines.length ?? 0
      if (id !== 1) continue
      socket.destroy()
      resolve(lines)
    }
  })
  return promise
}
