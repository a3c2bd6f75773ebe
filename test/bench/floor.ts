// The least that a changed line costs a swap without a second instance, whoever does it, on the revision $1 that a push
// has brought: check out, build, stop one container and start it again by the engine's API. Prints the milliseconds of
// all of it and of the last two.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'

const [, , revision = ''] = process.argv
const cwd = '/bpt/production/code'
const [service, container] = ['bpt-server', 'bpt-production']
const agent = new Agent({ keepAlive: true })
const engine = (method: string, path: string) => ask({ socketPath: '/var/run/docker.sock', method, path })
writeFileSync('/tmp/floor.json', JSON.stringify({ services: { [service]: { image: `${service}:${revision}` } } }))

const began = performance.now()
execFileSync('git', ['checkout', '--quiet', '--force', '--detach', revision], { cwd })
const files = ['--project-directory', '.', '-f', 'docker-compose.yml', '-f', '/tmp/floor.json']
execFileSync('docker', ['compose', ...files, 'build', '--quiet', service], { cwd, stdio: 'ignore' })
const built = performance.now()
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
console.log(JSON.stringify({ all: answered - began, swap: answered - built }))
agent.destroy()

function ask(options: object): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const asked = request({ agent, ...options }, (response) => {
    const { statusCode = 0 } = response
    if (statusCode < 200 || statusCode > 299) reject(new Error(`the answer is ${statusCode}`))
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => (text += part))
    response.on('end', () => resolve(text))
  })
  asked.on('error', reject)
  asked.end()
  return promise
}
