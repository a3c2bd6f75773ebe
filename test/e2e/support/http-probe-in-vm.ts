// Runs an HTTP probe inside a test VM, as a process of the VM or in a container there.
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
const versions = new Set(), failures = [], openRequests = new Set()
let answerCount = 0
const request = () => new Promise((resolve) => {
  const fail = (thrown) => resolve(failures.push(thrown.message))
  const sent = get({ host, port, agent: false, timeout: 30000 }, (response) => {
    let text = ''
    response.on('data', (part) => (text += part)).on('error', fail).on('end', () => {
      versions.add(/^version: (.*)$/m.exec(text)?.[1] ?? text)
      resolve(answerCount++)
    })
  })
  sent.on('timeout', () => sent.destroy(new Error('no answer'))).on('error', fail)
})
const timer = setInterval(() => {
  const answer = request().finally(() => openRequests.delete(answer))
  openRequests.add(answer)
}, 50)
console.log('begins')
process.stdin.on('end', async () => {
  clearInterval(timer)
  await Promise.all(openRequests)
  console.log(JSON.stringify({ versions: [...versions], answerCount, failures }))
}).resume()
`

/**
 * @param network Docker network of the container that the probe runs in; without it the probe is a process of the VM.
 * @returns a function that stops the probe.
 */
export async function startHttpProbeInVm(
  vm: Vm,
  { host, port = 80, network }: { host: string; port?: number; network?: string },
): Promise<() => Promise<ProbeResult>> {
  const path = '/tmp/http-probe.js'
  await vm.writeFile(path, program)
  const nodeCommand = network ? `docker run -i --rm --network ${network} node:26-slim node` : node
  const child = vm.spawn(`exec ${nodeCommand} -e "$(cat ${path})" ${host} ${port}`)
  await Promise.race([once(child.stdout ?? child, 'data'), once(child, 'exit')])
  assert.equal(child.exitCode, null, `${host}: the probe ended at once`)
  return async () => {
    child.stdin?.end()
    const { stdout, stderr, code } = await waitForExit(child, 60_000)
    if (code !== 0) throw new Error(`${host}: exit ${code} ${stderr}`)
    return JSON.parse(stdout)
  }
}
