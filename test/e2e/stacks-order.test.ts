// Services start in the order and under the conditions of depends_on.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { ComparedStack, composeFile, idleService, programFiles, programService } from './support/compared-stack.ts'

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
