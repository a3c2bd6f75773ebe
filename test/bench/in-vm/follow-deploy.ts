// Follows a deploy on many connections, the first of which is never read from, until its input ends:
// node looking-on.ts <deploy> <how many>
import { connect } from 'node:net'

const [deploy, many] = process.argv.slice(2).map(Number)
for (let n = 0; n < (many ?? 0); n++) {
  const socket = connect('/run/bpt-deployer.sock')
  socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'follow', params: { deploy } })}\n`)
  if (n > 0) socket.resume()
}
process.stdin.resume().on('end', () => process.exit())
