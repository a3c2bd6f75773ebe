// Measures a lower bound of a deploy without a standby: node minimal-deploy.ts REVISION checks out a pushed revision,
// builds it, stops one container and starts it again, by direct calls of the engine's API. Prints the milliseconds of
// the deploy and of its stop and start.
import { execFileSync } from 'node:child_process'
import { Agent, request } from 'node:http'

const [, , revision = ''] = process.argv
const cwd = '/bpt/production/code'
const [service, container] = ['bpt-server', 'bpt-production']
const httpAgent = new Agent({ keepAlive: true })
const callEngine = (method: string, path: string, body?: Buffer) =>
  sendRequest({ socketPath: '/var/run/docker.sock', method, path }, body)

const began = performance.now()
execFileSync('git', ['checkout', '--quiet', '--force', '--detach', revision], { cwd })
const context = execFileSync('tar', ['--create', '--owner=0', '--group=0', 'Dockerfile', 'server'], { cwd })
const buildOutput = await callEngine('POST', `/build?version=2&t=${service}:${revision}`, context)
if (!buildOutput.includes('moby.image.id')) throw new Error(`the build failed: ${buildOutput.slice(-500)}`)
const swapBegan = performance.now()
await callEngine('POST', `/containers/${container}/stop`)
await callEngine('POST', `/containers/${container}/start`)
const host = /"IPAddress":"(\d[\d.]+)"/.exec(await callEngine('GET', `/containers/${container}/json`))?.[1]
if (!host) throw new Error(`${container} has no address`)
for (let isUp = false; !isUp; )
  isUp = await sendRequest({ host, path: '/version' }).then(
    () => true,
    () => false,
  )
const answered = performance.now()
console.log(JSON.stringify({ deployMs: answered - began, swapMs: answered - swapBegan }))
httpAgent.destroy()

function sendRequest(options: object, body?: Buffer): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const clientRequest = request({ agent: httpAgent, ...options }, (response) => {
    const { statusCode = 0 } = response
    if (statusCode < 200 || statusCode > 299) reject(new Error(`status ${statusCode}`))
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => (text += part))
    response.on('end', () => resolve(text))
  })
  clientRequest.on('error', reject)
  clientRequest.end(body)
  return promise
}
