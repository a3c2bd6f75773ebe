// Stands on a socket before the engine's, passes everything on, and notes from when to when an answer was owed: a line
// `connection request from to` in milliseconds since 1970 with each part of an answer, of which the last one counts.
import { createWriteStream } from 'node:fs'
import { connect, createServer } from 'node:net'

const [, , socket = '', engine = '', notes = ''] = process.argv
const file = createWriteStream(notes)
let connections = 0

createServer((client) => {
  const id = ++connections
  const far = connect(engine)
  let requests = 0
  let from = 0
  let answered = true
  let counts = true
  client.on('data', (part: Buffer) => {
    if (answered) {
      requests++
      from = Date.now()
      answered = false
      // Streams of events are no answers.
      counts = !/^GET \S*\/events/.test(part.toString('latin1', 0, 200))
    }
    far.write(part)
  })
  far.on('data', (part: Buffer) => {
    answered = true
    client.write(part)
    if (counts) file.write(`${id} ${requests} ${from} ${Date.now()}\n`)
  })
  for (const [one, other] of [
    [client, far],
    [far, client],
  ] as const) {
    one.on('end', () => other.end())
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
}).listen(socket, () => console.log('listening'))
