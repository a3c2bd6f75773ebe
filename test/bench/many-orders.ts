// Asks for many deploys on one connection and prints the milliseconds that it took: node many-orders.ts <how many>
import { connect } from 'node:net'

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
socket.setEncoding('utf8').on('data', (text: string) => {
  for (const _ of text.matchAll(/\n/g)) {
    answered++
    ask()
  }
  if (answered < many) return
  console.log((performance.now() - began).toFixed(0))
  socket.destroy()
})
