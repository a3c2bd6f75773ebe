// Jobs: services that others wait for until they have ended successfully, and services that end by themselves.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { ComparedStack, composeFile, idleService, programFiles, programService } from './support/compared-stack.ts'

const stack = await ComparedStack.create('stacks-jobs')
const { site } = stack
after(() => stack[Symbol.asyncDispose]())

const waitsFor = (...jobs: string[]) =>
  `    ports: ["80:80"]\n    depends_on: { ${jobs.map((job) => `${job}: { condition: service_completed_successfully }`).join(', ')} }\n`

/** A job that notes its version in a volume. */
const job = (name: string, version: string, settings = '') => `  ${name}:
    image: node:26-slim
    restart: "no"
    command: [sh, -c, "${version === 'fails' ? 'exit 3' : `echo ${version} > /notes/${name}`}"]
    volumes: ["notes:/notes"]
${settings}`

const volumes = 'volumes: { notes: }\n'
const readNotes = () =>
  site.vm.run('cat /var/lib/docker/volumes/code_notes/_data/*').then(({ stdout }) => stdout.trim().split('\n'))

describe('a job', () => {
  const withMigration = (version: string) =>
    composeFile(job('migrate', version), programService('web', waitsFor('migrate'))) + volumes

  it('runs before the service that waits for it, in the first push and in each push that changes the job', async () => {
    await stack.begin({ ...programFiles('web', 'one'), 'docker-compose.yml': withMigration('one') })
    await stack.deploy({ 'docker-compose.yml': withMigration('two') })
    assert.deepEqual(await readNotes(), ['two'])
    await stack.deploy({ ...programFiles('web', 'two') })
  })

  it('fails the deploy when it fails, and nothing that runs is touched', async () => {
    const { stdout: startedBefore } = await site.vm.run("docker inspect -f '{{.State.StartedAt}}' code-web-1")
    await stack.deployFailing({ ...programFiles('web', 'three'), 'docker-compose.yml': withMigration('fails') })
    const { stdout: startedAfter } = await site.vm.run("docker inspect -f '{{.State.StartedAt}}' code-web-1")
    assert.equal(startedAfter, startedBefore)
  })

  it('runs once in a deploy', async () => {
    const counting = composeFile(
      `  migrate:\n    build: web\n    command: [sh, -c, "echo ran >> /notes/count"]\n    volumes: ["notes:/notes"]\n`,
      programService('web', waitsFor('migrate')),
      programService('worker', waitsFor('migrate').replace('    ports: ["80:80"]\n', '')),
    )
    const files = (version: string) => ({ ...programFiles('web', version), ...programFiles('worker', version) })
    await stack.begin({ ...files('one'), 'docker-compose.yml': counting + volumes })
    await stack.deploy(files('two'))
    assert.deepEqual(await readNotes(), ['ran', 'ran'])
  })

  it('may fail if no service requires it', async () => {
    const optional = waitsFor('report').replace('completed_successfully', 'completed_successfully, required: false')
    const compose = composeFile(job('report', 'fails'), programService('web', optional)) + volumes
    await stack.begin({ ...programFiles('web', 'one'), 'docker-compose.yml': compose })
    await stack.deploy(programFiles('web', 'two'))
    assert.match(await site.log(), /no service requires this job: .*report.* exit 3/)
  })

  it('waits for another job, and for a healthy service', async () => {
    const compose = (version: string) =>
      composeFile(
        idleService('db', `    environment: { LEVEL: ${version} }\n    healthcheck: { test: "true", interval: 1s }\n`),
        job('schema', version, '    depends_on: { db: { condition: service_healthy } }\n'),
        job('seed', version, '    depends_on: { schema: { condition: service_completed_successfully } }\n'),
        programService('web', waitsFor('seed')),
      ) + volumes
    await stack.begin({ ...programFiles('web', 'one'), 'docker-compose.yml': compose('one') })
    await stack.deploy({ ...programFiles('web', 'two'), 'docker-compose.yml': compose('two') })
    await stack.deployFailing({ ...programFiles('web', 'exits') })
    await stack.rollBack()
  })

  it('is added by one push and removed by the next', async () => {
    await stack.begin({ ...programFiles('web', 'one'), 'docker-compose.yml': composeFile(programService('web')) })
    await stack.deploy({ 'docker-compose.yml': withMigration('one') })
    await stack.deploy({ 'docker-compose.yml': composeFile(programService('web')) })
    await stack.rollBack()
  })
})

describe('a service that ends by itself, without a restart', () => {
  const noLog = '    logging: { driver: none }\n'
  const ending = (level: string, code = 0, settings = '') =>
    composeFile(
      programService('web', `    ports: ["80:80"]\n${settings}`),
      `  once:
    image: node:26-slim
    restart: "no"
    command: [sh, -c, "exit ${code}"]
    environment: { LEVEL: ${level} }
${settings}`,
    )

  it('is left as compose leaves it', async () => {
    await stack.begin({ ...programFiles('web', 'one'), 'docker-compose.yml': ending('one') })
    await stack.deploy({ ...programFiles('web', 'two'), 'docker-compose.yml': ending('two') })
    await stack.rollBack()
  })

  it('fails the deploy when it ends with another exit code than 0', async () => {
    const { sentence } = await stack.deployFailing({ 'docker-compose.yml': ending('three', 3) })
    assert.match(sentence, /once.* exit 3/)
  })

  it('fails it as well if Docker keeps no log of it, and so does a server', async () => {
    await stack.deploy({ 'docker-compose.yml': ending('four', 0, noLog) })
    const job = await stack.deployFailing({ 'docker-compose.yml': ending('five', 3, noLog) })
    assert.match(job.sentence, /once.* exit 3/)
    assert.match(await site.log(), /code-once-1 printed nothing/)
    const server = await stack.deployFailing(programFiles('web', 'exits'))
    assert.match(server.sentence, /web\S* does not become healthy: it ended with exit 4/)
  })
})
