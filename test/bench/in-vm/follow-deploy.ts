// Follows a deploy on many connections until its own input ends: node follow-deploy.ts DEPLOY CONNECTIONS
// The first connection is never read from, as that of a stalled client.
import { connect } from 'node:net'

const [deploy, connectionCount = 0] = process.argv.slice(2).map(Number)
for (let n = 0; n < connectionCount; n++) {
  const socket = connect('/run/bpt-deployer.sock')
  socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'follow', params: { deploy } })}\n`)
  if (n > 0) socket.resume()
}
process.stdin.resume().on('end', () => process.exit())
