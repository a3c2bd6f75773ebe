// Follows the oldest deploy on many connections at once and prints how many of them got fewer lines than another:
// node many-followers.ts <how many>
import { connect } from 'node:net'

const many = Number(process.argv[2])
const counts = await Promise.all(Array.from({ length: many }, follow))
const whole = Math.max(...counts)
console.log(counts.filter((count) => count === 0 || count < whole).length)

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
