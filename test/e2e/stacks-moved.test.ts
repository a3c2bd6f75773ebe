// Services are added, removed and renamed; ports move between services.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { ComparedStack, composeFile, idleService, programFiles, programService } from './support/compared-stack.ts'

const stack = await ComparedStack.create('stacks-moved')
const { site } = stack
after(() => stack[Symbol.asyncDispose]())

const servedBy = (port = 80) => site.vm.run(`curl -fsS http://127.0.0.1:${port}/`).then(({ stdout }) => stdout.trim())
const both = (version: string) => ({ ...programFiles('a', version), ...programFiles('b', version) })
const ports = (list: string) => `    ports: ${list}\n`

describe('a port that moves from a service to an added one', () => {
  const first = composeFile(programService('a', ports('["80:80"]')))
  const second = composeFile(programService('a'), programService('b', ports('["80:80"]')))

  it('moves in one push', async () => {
    await stack.begin({ ...both('one'), 'docker-compose.yml': first })
    using probe = site.startProbe({ timeoutMs: 40_000 })
    await stack.deploy({ 'docker-compose.yml': second })
    await probe.stop()
    assert.deepEqual(probe.failures, [])
    assert.match(await servedBy(), /version: b one/)
  })

  it('moves back in a rollback, which removes the added service', async () => {
    await stack.rollBack()
    assert.match(await servedBy(), /version: a one/)
  })

  it('moves back when the added service does not start', async () => {
    await stack.deployFailing({ ...programFiles('b', 'exits'), 'docker-compose.yml': second })
    assert.match(await servedBy(), /version: a one/)
  })

  it('changes places with the port of another service', async () => {
    const straight = composeFile(programService('a', ports('["80:80"]')), programService('b', ports('["81:80"]')))
    const crossed = composeFile(programService('a', ports('["81:80"]')), programService('b', ports('["80:80"]')))
    await stack.begin({ ...both('two'), 'docker-compose.yml': straight })
    await stack.deploy({ 'docker-compose.yml': crossed })
    assert.match(await servedBy(81), /version: a two/)
    await stack.deployFailing({ ...programFiles('a', 'exits'), 'docker-compose.yml': straight })
    await stack.rollBack()
    assert.match(await servedBy(80), /version: a two/)
  })
})

describe('a renamed service with a published port', () => {
  const named = (name: string, settings = '') =>
    composeFile(
      `  ${name}:\n    build: a\n    ports: ["80:80"]\n${settings}`,
      idleService('other', `    depends_on: [${name}]\n`),
    )

  it('takes the port over, without a refused connection', async () => {
    await stack.begin({ ...both('one'), 'docker-compose.yml': named('web') })
    using probe = site.startProbe({ timeoutMs: 40_000 })
    await stack.deploy({ ...both('two'), 'docker-compose.yml': named('app') })
    await probe.stop()
    assert.deepEqual(probe.failures, [])
  })

  it('gets its old name back when the new one does not start, and in a rollback', async () => {
    await stack.deployFailing({ ...programFiles('a', 'exits'), 'docker-compose.yml': named('site') })
    await stack.rollBack()
  })

  it('keeps the container name that both names have', async () => {
    const fixed = '    container_name: shop\n'
    await stack.begin({ ...both('one'), 'docker-compose.yml': named('web', fixed) })
    await stack.deploy({ 'docker-compose.yml': named('app', fixed) })
    await stack.deployFailing({ ...programFiles('a', 'exits'), 'docker-compose.yml': named('site', fixed) })
    await stack.rollBack()
  })
})

describe('a removed service', () => {
  const web = programService('a', ports('["80:80"]'))

  for (const [kind, settings] of [
    ['that runs', ''],
    ['with a volume and a network of its own', '    volumes: ["/scratch"]\n    networks: [own]\n'],
    ['with replicas', '    deploy: { replicas: 2 }\n'],
    ['that others depended on', ''],
  ] as const)
    it(`ends and is removed: one ${kind}`, async () => {
      const networks = settings.includes('own') ? 'networks: { own: }\n' : ''
      const dependent = kind.includes('depended')
      const webBefore = dependent ? `${web}    depends_on: [cache]\n` : web
      await stack.begin({
        ...both('one'),
        'docker-compose.yml': composeFile(webBefore, idleService('cache', settings)) + networks,
      })
      if (settings) await stack.deployFailing({ ...programFiles('a', 'exits'), 'docker-compose.yml': composeFile(web) })
      await stack.deploy({ 'docker-compose.yml': composeFile(web) })
      assert.doesNotMatch((await site.vm.run('docker ps -a')).stdout, /cache/)
      await stack.rollBack()
      assert.match((await site.vm.run('docker ps')).stdout, /cache/)
    })

  it('ends in a push that changes nothing else', async () => {
    await stack.begin({ 'docker-compose.yml': composeFile(idleService('a'), idleService('b')) })
    await stack.deploy({ 'docker-compose.yml': composeFile(idleService('a')) })
  })
})

describe('a service with fixed addresses in two networks', () => {
  const networks = `networks:
  front: { ipam: { config: [{ subnet: 10.77.0.0/24 }] } }
  back: { ipam: { config: [{ subnet: 10.78.0.0/24 }] } }
`
  const fixed = (address: string, neighbour: string) =>
    composeFile(
      programService(
        'a',
        `    ports: ["80:80"]
    mac_address: 02:42:0a:4d:00:07
    networks: { front: { ipv4_address: ${address}, priority: 10 }, back: { ipv4_address: 10.78.0.7, aliases: [site] } }
`,
      ),
      idleService('b', `    networks: { front: { ipv4_address: ${neighbour} } }\n`),
    ) + networks

  it('keeps them in a push of code, and exchanges one with another service', async () => {
    await stack.begin({ ...both('one'), 'docker-compose.yml': fixed('10.77.0.7', '10.77.0.8') })
    await stack.deploy(both('two'))
    await stack.deploy({ 'docker-compose.yml': fixed('10.77.0.8', '10.77.0.7') })
    await stack.deployFailing({ ...both('exits'), 'docker-compose.yml': fixed('10.77.0.7', '10.77.0.8') })
  })
})
