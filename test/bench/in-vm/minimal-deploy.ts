// The least that a changed line costs a swap without a second instance, whoever does it, on the revision $1 that a push
// has brought: check out, build, stop one container and start it again, all by the engine's API. Prints the milliseconds
// of all of it and of the last two.
import { execFileSync } from 'node:child_process'
import { Agent, request } from 'node:http'

const [, , revision = ''] = process.argv
const cwd = '/bpt/production/code'
const [service, container] = ['bpt-server', 'bpt-production']
const agent = new Agent({ keepAlive: true })
const engine = (method: string, path: string, body?: Buffer) =>
  ask({ socketPath: '/var/run/docker.sock', method, path }, body)

const began = performance.now()
execFileSync('git', ['checkout', '--quiet', '--force', '--detach', revision], { cwd })
const context = execFileSync('tar', ['--create', '--owner=0', '--group=0', 'Dockerfile', 'server'], { cwd })
const built = await engine('POST', `/build?version=2&t=${service}:${revision}`, context)
if (!built.includes('moby.image.id')) throw new Error(`nothing was built: ${built.slice(-500)}`)
const swapping = performance.now()
await engine('POST', `/containers/${container}/stop`)
await engine('POST', `/containers/${container}/start`)
const host = /"IPAddress":"(\d[\d.]+)"/.exec(await engine('GET', `/containers/${container}/json`))?.[1]
if (!host) throw new Error(`${container} has no address`)
for (let up = false; !up; )
  up = await ask({ host, path: '/version' }).then(
    () => true,
    () => false,
  )
const answered = performance.now()
console.log(JSON.stringify({ all: answered - began, swap: answered - swapping }))
agent.destroy()

function ask(options: object, body?: Buffer): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const asked = request({ agent, ...options }, (response) => {
    const { statusCode = 0 } = response
    if (statusCode < 200 || statusCode > 299) reject(new Error(`the answer is ${statusCode}`))
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => (text += part))
    response.on('end', () => resolve(text))
  })
  asked.on('error', reject)
  asked.end(body)
  return promise
}
