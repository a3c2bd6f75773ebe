// Stands as a proxy between the agent and the engine: node engine-proxy.ts SOCKET ENGINE-SOCKET NOTES. For each part of
// an answer it notes `connection request from to` (ms since 1970); the last line of a request says when its answer was
// complete.
import { createWriteStream } from 'node:fs'
import { connect, createServer } from 'node:net'

const [, , proxySocket = '', engineSocket = '', notesFile = ''] = process.argv
const notes = createWriteStream(notesFile)
let connectionCount = 0

createServer((client) => {
  const connection = ++connectionCount
  const engine = connect(engineSocket)
  let request = 0
  let requestedAt = 0
  let isAnswered = true
  let isNoted = true
  client.on('data', (part: Buffer) => {
    if (isAnswered) {
      request++
      requestedAt = Date.now()
      isAnswered = false
      // A stream of events never ends, so that nobody waits for its end.
      isNoted = !/^GET \S*\/events/.test(part.toString('latin1', 0, 200))
    }
    engine.write(part)
  })
  engine.on('data', (part: Buffer) => {
    isAnswered = true
    client.write(part)
    if (isNoted) notes.write(`${connection} ${request} ${requestedAt} ${Date.now()}\n`)
  })
  for (const [from, to] of [
    [client, engine],
    [engine, client],
  ] as const) {
    from.on('end', () => to.end())
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
  }
}).listen(proxySocket, () => console.log('listening'))
