// A visitor on a test machine itself, or in a container there: goes on until it is stopped, as the one outside.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { waitForExit } from '../../vm/command.ts'
import type { Vm } from '../../vm/vm.ts'

export interface ProbeResult {
  versions: string[]
  answerCount: number
  failures: string[]
}

const node = '/usr/lib/bpt-deployer/bin/node'

const program = `
const { get } = require('node:http')
const [host, port] = process.argv.slice(1)
const versions = new Set(), failures = [], underWay = new Set()
let visits = 0
const visit = () => new Promise((resolve) => {
  const fail = (thrown) => resolve(failures.push(thrown.message))
  const request = get({ host, port, agent: false, timeout: 30000 }, (response) => {
    let text = ''
    response.on('data', (part) => (text += part)).on('error', fail).on('end', () => {
      versions.add(/^version: (.*)$/m.exec(text)?.[1] ?? text)
      resolve(visits++)
    })
  })
  request.on('timeout', () => request.destroy(new Error('no answer'))).on('error', fail)
})
const timer = setInterval(() => {
  const one = visit().finally(() => underWay.delete(one))
  underWay.add(one)
}, 50)
console.log('begins')
process.stdin.on('end', async () => {
  clearInterval(timer)
  await Promise.all(underWay)
  console.log(JSON.stringify({ versions: [...versions], visits, failures }))
}).resume()
`

/**
 * Resolves when the visitor has begun; he ends by the function it gives.
 * @param network a container's; without it the visitor is a process of the machine.
 */
export async function startHttpProbeInVm(
  vm: Vm,
  { host, port = 80, network }: { host: string; port?: number; network?: string },
): Promise<() => Promise<ProbeResult>> {
  const path = '/tmp/prober.js'
  await vm.writeFile(path, program)
  const inside = network ? `docker run -i --rm --network ${network} node:26-slim node` : node
  const child = vm.spawn(`exec ${inside} -e "$(cat ${path})" ${host} ${port}`)
  await Promise.race([once(child.stdout ?? child, 'data'), once(child, 'exit')])
  assert.equal(child.exitCode, null, `${host}: the visitor ended at once`)
  return async () => {
    child.stdin?.end()
    const { stdout, stderr, code } = await waitForExit(child, 60_000)
    if (code !== 0) throw new Error(`${host}: exit ${code} ${stderr}`)
    return JSON.parse(stdout)
  }
}
