// Asks for many deploys on one connection and prints the milliseconds that it took: node many-orders.ts <how many>
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

const many = Number(process.argv[2])
const socket = connect('/run/bpt-deployer.sock')
const began = performance.now()
let answered = 0
let asked = 0
const ask = () => {
  if (asked++ < many)
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: asked, method: 'deploy', params: { revision: 'main' } })}\n`)
}
for (let ahead = 0; ahead < 16; ahead++) ask()
for await (const line of createInterface(socket)) {
  if ('error' in JSON.parse(line)) throw new Error(`an order is refused: ${line}`)
  ask()
  if (++answered === many) break
}
console.log((performance.now() - began).toFixed(0))
socket.destroy()
