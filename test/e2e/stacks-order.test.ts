// Services start in the order and under the conditions of depends_on.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { ComparedStack, composeFile, idleService, programFiles, programService } from './support/compared-stack.ts'
import { configureAgent } from './support/swap-stack.ts'

const stack = await ComparedStack.create('stacks-order')
const { site } = stack
after(() => stack[Symbol.asyncDispose]())

/** Starts of running containers, the earliest first. */
const listStarts = async (): Promise<string[]> => {
  const format = '{{.State.StartedAt}} {{index .Config.Labels "com.docker.compose.service"}}'
  const { stdout } = await site.vm.run(`docker inspect -f '${format}' $(docker ps -q) | sort | cut -d' ' -f 2`)
  return stdout.trim().split('\n')
}

/** A service that is healthy only some time after its start, and then writes a file that dependents need. */
const slowDb = (level: string) => `  db:
    image: node:26-slim
    init: true
    command: [sh, -c, "rm -f /shared/ready; sleep 2; touch /shared/ready; exec sleep infinity"]
    environment: { LEVEL: ${level} }
    volumes: ["shared:/shared"]
    healthcheck: { test: test -e /shared/ready, interval: 500ms, retries: 20 }
`

/** A service that ends at once where the database is not ready. */
const needsDb = (name: string, condition: string, level = 'low') => `  ${name}:
    image: node:26-slim
    init: true
    command: [sh, -c, "test -e /shared/ready || exit 7; exec sleep infinity"]
    environment: { LEVEL: ${level} }
    volumes: ["shared:/shared"]
    depends_on: { db: ${condition} }
`
const volumes = 'volumes: { shared: }\n'

describe('services that depend on each other', () => {
  it('start one after the other, in pushes and in rollbacks', async () => {
    const compose = (level: string) =>
      composeFile(
        idleService('c', `    environment: { LEVEL: ${level} }\n    depends_on: [b]\n`),
        programService('b', '    depends_on: [a]\n'),
        idleService('a', `    environment: { LEVEL: ${level} }\n`),
      )
    await stack.begin({ ...programFiles('b', 'one'), 'docker-compose.yml': compose('one') })
    assert.deepEqual(await listStarts(), ['a', 'b', 'c'])
    await stack.deploy({ ...programFiles('b', 'two'), 'docker-compose.yml': compose('two') })
    assert.deepEqual(await listStarts(), ['a', 'b', 'c'])
    await stack.deployFailing({ ...programFiles('b', 'exits'), 'docker-compose.yml': compose('three') })
    assert.deepEqual(await listStarts(), ['a', 'b', 'c'])
    await stack.rollBack()
    assert.deepEqual(await listStarts(), ['a', 'b', 'c'])
  })

  it('wait until the other is healthy', async () => {
    const compose = (level: string) =>
      composeFile(
        needsDb('app', '{ condition: service_healthy }', level),
        slowDb(level),
        needsDb('side', '{ condition: service_healthy }'),
      ) + volumes
    await stack.begin({ 'docker-compose.yml': compose('one') })
    await stack.deploy({ 'docker-compose.yml': compose('two') })
    await stack.rollBack()
  })

  it('fail with the first cause when the other never becomes healthy', async () => {
    const compose = (test: string) =>
      composeFile(
        idleService('db', `    healthcheck: { test: "${test}", interval: 500ms, retries: 2 }\n`),
        needsDb('app', '{ condition: service_healthy }').replace('test -e /shared/ready || exit 7; ', ''),
      ) + volumes
    await stack.begin({ 'docker-compose.yml': compose('true') })
    const { sentence } = await stack.deployFailing({ 'docker-compose.yml': compose('false') })
    assert.match(sentence, /db/)
    assert.doesNotMatch(sentence, /\bapp\b/)
  })
})

describe('a dependent with restart: true', () => {
  for (const [kind, settings] of [
    ['another service', '    environment: { LEVEL: '],
    [
      'a service that it waits for until healthy',
      '    healthcheck: { test: "true", interval: 1s }\n    environment: { LEVEL: ',
    ],
  ] as const)
    it(`ends as compose leaves it when the configuration of ${kind} changes`, async () => {
      const condition = kind.includes('healthy') ? 'service_healthy' : 'service_started'
      const compose = (level: string) =>
        composeFile(
          idleService('db', `${settings}${level} }\n`),
          programService(
            'web',
            `    ports: ["80:80"]\n    depends_on: { db: { condition: ${condition}, restart: true } }\n`,
          ),
          idleService('apart', '    depends_on: [db]\n'),
        )
      await stack.begin({ ...programFiles('web', 'one'), 'docker-compose.yml': compose('one') })
      await stack.deploy({ 'docker-compose.yml': compose('two') })
      assert.equal((await listStarts())[0], 'db')
      await stack.rollBack()
    })
})

describe('a health check whose first result comes after the limit of the step verify', () => {
  it('is run by the agent: with a long interval, and with a long start period', async () => {
    const test = `test: ["CMD", "node", "-e", "fetch('http://127.0.0.1').then((r) => process.exit(r.ok ? 0 : 1))"]`
    const compose = (level: string) =>
      composeFile(
        ...[
          ['web', '80', 'interval: 10m'],
          ['side', '81', 'interval: 10m, start_period: 5m, timeout: 3s'],
        ].map(([name = '', port, times]) =>
          programService(
            name,
            `    ports: ["${port}:80"]\n    environment: { LEVEL: ${level} }\n    healthcheck: { ${test}, ${times} }\n`,
          ),
        ),
      )
    const files = (version: string) => ({ ...programFiles('web', version), ...programFiles('side', version) })
    await stack.begin({ ...files('one'), 'docker-compose.yml': compose('one') })
    await stack.deploy({ ...files('two'), 'docker-compose.yml': compose('two') })
  })
})

describe('a container that is ready only after the limit of the step verify', () => {
  it('gets the time that its health check allows, and the log says so; a service may ask for less', async () => {
    await configureAgent(site.vm, '[swap.services]\nsick.ready = "running"', 2)
    const sick = '    healthcheck: { test: "false", interval: 1s, retries: 1 }\n    environment: { LEVEL: high }\n'
    const compose = composeFile(slowDb('high').replace('sleep 2', 'sleep 5'), idleService('sick', sick)) + volumes
    await stack.begin({ 'docker-compose.yml': compose })
    assert.match(await site.log(), /db-1 is not ready after 2 s, the limit verify; its health check allows 610 s/)
  })
})

describe('a published port that never answers', () => {
  it('is waited for neither where the settings leave it out nor beside a healthy check', async () => {
    await configureAgent(site.vm, '[swap.services]\ngame.ports = []\nweb.ports = [80]', 30)
    const compose = (level: string) =>
      composeFile(
        idleService(
          'game',
          `    environment: { LEVEL: ${level} }\n    ports: ["27015:27015", "27016:27016/udp"]\n    depends_on: [tunnel]\n`,
        ),
        programService('web', '    ports: ["80:80", "9229:9229"]\n    depends_on: [game]\n'),
        programService(
          'tunnel',
          '    ports: ["82:80", "1194:1194"]\n    healthcheck: { test: "true", interval: 1s }\n',
        ),
      )
    await stack.begin({
      ...programFiles('tunnel', 'one'),
      ...programFiles('web', 'one'),
      'docker-compose.yml': compose('one'),
    })
    await stack.deploy({ ...programFiles('web', 'two'), 'docker-compose.yml': compose('two') })
  })
})
