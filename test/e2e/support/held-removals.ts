// Holds the removal of images of releases: a proxy between agent and engine stops each such request at a checkpoint.
import type { Vm } from '../../vm/vm.ts'
import { Checkpoint } from './checkpoint.ts'

const socket = '/run/held-removals.sock'

/** Restarts the agent so that it reaches the engine through the proxy. The proxy stays until the VM is destroyed. */
export async function holdImageRemovals(vm: Vm): Promise<Checkpoint> {
  const checkpoint = await Checkpoint.create()
  await vm.writeFile('/opt/held-removals.cjs', proxyScript(checkpoint.waitExpression(vm)))
  await vm.writeFile('/etc/systemd/system/bpt-deployer.service.d/held-removals.conf', dropIn)
  const start = 'systemd-run --unit held-removals /usr/lib/bpt-deployer/bin/node /opt/held-removals.cjs'
  await vm.runAndWaitForJournal(start, 'held-removals', '^listening$', { expectation: 'the proxy listens' })
  await vm.run('systemctl daemon-reload; systemctl restart bpt-deployer')
  return checkpoint
}

const dropIn = `[Service]\nEnvironment=DOCKER_HOST=unix://${socket}\n`

/** Clients send the head of a request as one chunk, so that a chunk can be recognized as the head of a DELETE. */
function proxyScript(waitExpression: string): string {
  return `
const { chmodSync } = require('node:fs')
const { connect, createServer } = require('node:net')
createServer({ allowHalfOpen: true }, (client) => {
  const engine = connect({ path: '/run/docker.sock', allowHalfOpen: true })
  for (const [side, otherSide] of [[client, engine], [engine, client]])
    side.on('error', () => otherSide.destroy()).on('close', () => otherSide.destroy())
  engine.pipe(client)
  client.on('end', () => engine.end())
  client.on('data', async (chunk) => {
    if (/^DELETE \\S*\\/images\\/bpt-server/.test(chunk.toString('latin1', 0, 200))) {
      client.pause()
      await ${waitExpression}
      client.resume()
    }
    if (!engine.write(chunk)) {
      client.pause()
      engine.once('drain', () => client.resume())
    }
  })
}).listen('${socket}', () => {
  chmodSync('${socket}', 0o666)
  console.log('listening')
})
`
}
