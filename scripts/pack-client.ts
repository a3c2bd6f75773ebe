// Packs a client's bundle with V8's code cache, for client/launcher.ts: pack-client.ts BUNDLE PACKED SOCKET [ARGUMENT...]
// First the bundle runs with these arguments against a stub agent, so that V8 compiles the functions of a usual call.
// The Node that is shipped must run this script: a code cache is valid for one version of Node only.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Script } from 'node:vm'
import { startStubAgent } from './stub-agent.ts'

const [node = '', , bundle = '', packed = '', socket = '', ...args] = process.argv
const source = readFileSync(bundle)
const script = new Script(source.toString('latin1'), { filename: packed })

const calledMethods = await startStubAgent(socket)
process.once('exit', (code) => {
  if (code !== 0) return
  // A client that never reached the stub has compiled nothing of value.
  if (calledMethods.length === 0) {
    process.exitCode = 1
    return
  }
  const size = Buffer.alloc(4)
  size.writeUInt32LE(source.length)
  writeFileSync(packed, Buffer.concat([size, source, script.createCachedData()]))
})
process.argv = [node, packed, ...args]
script.runInThisContext()(createRequire(import.meta.url))
