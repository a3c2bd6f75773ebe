// Packs a client's bundle with the code that V8 makes of it, for client/launcher.ts:
// node pack-client.ts BUNDLE PACKED SOCKET [ARGUMENT...] runs it with these arguments first, an agent answering at the socket, so
// that what each start needs is compiled. To be run by the node that is shipped.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Script } from 'node:vm'
import { startStubAgent } from './stub-agent.ts'

const [node = '', , bundle = '', packed = '', socket = '', ...args] = process.argv
const source = readFileSync(bundle)
const script = new Script(source.toString('latin1'), { filename: packed })

const heard = await startStubAgent(socket)
process.once('exit', (code) => {
  if (code === 0 && heard.length === 0) process.exitCode = 1
  if (code !== 0 || heard.length === 0) return
  const size = Buffer.alloc(4)
  size.writeUInt32LE(source.length)
  writeFileSync(packed, Buffer.concat([size, source, script.createCachedData()]))
})
process.argv = [node, packed, ...args]
script.runInThisContext()(createRequire(import.meta.url))
