// Requests many deploys on one connection: node request-deploys.ts COUNT prints the milliseconds until all are accepted.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

/** Requests that wait for their answer at once. */
const maxPendingRequests = 16

const count = Number(process.argv[2])
const socket = connect('/run/bpt-deployer.sock')
const began = performance.now()
let answeredCount = 0
let sentCount = 0
const sendNext = () => {
  if (sentCount++ >= count) return
  const request = { jsonrpc: '2.0', id: sentCount, method: 'deploy', params: { revision: 'main' } }
  socket.write(`${JSON.stringify(request)}\n`)
}
for (let n = 0; n < maxPendingRequests; n++) sendNext()
for await (const line of createInterface(socket)) {
  if ('error' in JSON.parse(line)) throw new Error(`a request was refused: ${line}`)
  sendNext()
  if (++answeredCount === count) break
}
console.log((performance.now() - began).toFixed(0))
socket.destroy()
