// Holds the removal of images: the agent reaches the engine through a proxy that stops each such request at a checkpoint.
import type { Vm } from '../../vm/vm.ts'
import { Checkpoint } from './checkpoint.ts'

const socket = '/run/held-removals.sock'

/** Restarts the agent behind the proxy, for as long as the VM lives. */
export async function holdImageRemovals(vm: Vm): Promise<Checkpoint> {
  const checkpoint = await Checkpoint.create()
  await vm.writeFile('/opt/held-removals.cjs', proxyScript(checkpoint.waitExpression(vm)))
  await vm.writeFile('/etc/systemd/system/bpt-deployer.service.d/held-removals.conf', dropIn)
  await vm.run(
    `systemd-run --unit held-removals /usr/lib/bpt-deployer/bin/node /opt/held-removals.cjs
     until [ -S ${socket} ]; do sleep 0.1; done
     systemctl daemon-reload; systemctl restart bpt-deployer`,
  )
  return checkpoint
}

const dropIn = `[Service]\nEnvironment=DOCKER_HOST=unix://${socket}\n`

/** Clients send the head of a request as one chunk, so that a chunk shows its method. */
function proxyScript(wait: string): string {
  return `
const { chmodSync } = require('node:fs')
const { connect, createServer } = require('node:net')
createServer({ allowHalfOpen: true }, (client) => {
  const engine = connect({ path: '/run/docker.sock', allowHalfOpen: true })
  for (const [one, other] of [[client, engine], [engine, client]])
    one.on('error', () => other.destroy()).on('close', () => other.destroy())
  engine.pipe(client)
  client.on('end', () => engine.end())
  client.on('data', async (chunk) => {
    if (/^DELETE \\S*\\/images\\//.test(chunk.toString('latin1', 0, 200))) {
      client.pause()
      await ${wait}
      client.resume()
    }
    if (!engine.write(chunk)) {
      client.pause()
      engine.once('drain', () => client.resume())
    }
  })
}).listen('${socket}', () => chmodSync('${socket}', 0o666))
`
}
