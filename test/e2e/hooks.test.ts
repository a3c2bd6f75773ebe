// Tests changes that only compose itself can make: commands at starts and stops of containers, and services that a
// program outside of Docker provides. Only a newer compose than Debian's knows them.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { installNewerCompose } from '../vm/compose-plugin.ts'
import { ComparedStack, composeFile, idleService, programService } from './support/compared-stack.ts'
import { serverFiles } from './support/image-stacks.ts'
import { assertSameAsCompose } from './support/plain-compose.ts'
import { readContainerIds } from './support/reader-stack.ts'
import { assertNoneRefused, configureAgent, findSwapRemains, pushAndFindDeploy } from './support/swap-stack.ts'

const stack = await ComparedStack.create('hooks')
const { site, plain } = stack
const { vm, ada } = site
after(() => stack[Symbol.asyncDispose]())
before(async () => {
  await Promise.all([vm, plain.vm].map(installNewerCompose))
  await configureAgent(vm, '', 30)
})

const notes = '/var/lib/docker/volumes/code_notes/_data/log'

/** Lines that the commands of hooks have written since the last call. */
async function takeNotes(): Promise<string[]> {
  const { stdout } = await vm.run(`cat ${notes}`)
  await stack.runOnBoth(`: > ${notes}`)
  return stdout.trim().split('\n').filter(Boolean)
}

/** A hook that notes the name, the settings and the image of its own container. */
const hook = (key: string, word: string) =>
  `    ${key}: [{ command: [sh, -c, "echo $$NAME $$LEVEL $$(cat /version) ${word} >> /notes/log"] }]\n`
const settings = (name: string, level: string) =>
  `    environment: { NAME: ${name}, LEVEL: ${level} }\n    volumes: ["notes:/notes"]\n`
const worker =
  '    depends_on: { web: { condition: service_started, restart: true } }\n    image: worker\n    command: [sleep, infinity]\n    init: true\n'

/** A server, and a worker that is stopped and started with it. */
const withHooks = (level: string, start = hook('post_start', 'starts')) =>
  `${composeFile(
    programService('web', `    ports: ["80:80"]\n${settings('web', level)}${start}`),
    programService(
      'worker',
      `${worker}${settings('worker', 'any')}${hook('post_start', 'starts')}${hook('pre_stop', 'stops')}`,
    ),
  )}volumes: { notes: }\n`
const withoutHooks = composeFile(programService('web', '    ports: ["80:80"]\n'))
const server = (version: string) => serverFiles('web', version)
const exits = { 'web/server.js': 'process.exit(4)\n' }

/** Commits and pushes a revision that must fail; resolves with the sentence. Connections only reach the old release. */
async function pushFailing(files: Record<string, string>, version: string): Promise<string> {
  using probe = site.startProbe({ timeoutMs: 30_000 })
  await ada.commit(files, 'A revision that fails')
  const { state, sentence } = await pushAndFindDeploy(site)
  assert.equal(state, 'failed', await site.log())
  await assertNoneRefused(probe)
  assert.deepEqual(probe.versions, [version])
  assert.match(sentence, /Live again: /)
  assert.equal(await findSwapRemains(vm), '')
  await ada.git('reset', '-q', '--hard', 'HEAD~1')
  return sentence
}

describe('commands at the start and at the stop of containers', () => {
  it('run once and in the container of their service, in a push of code, one of configuration, and a rollback', async () => {
    const files = { ...server('one'), ...serverFiles('worker', 'one'), 'docker-compose.yml': withHooks('low') }
    await stack.begin(files)
    assert.deepEqual(await takeNotes(), ['web low version: one starts', 'worker any version: one starts'])
    using probe = site.startProbe({ timeoutMs: 30_000 })
    await stack.deploy(server('two'))
    assert.match(await site.log(), /compose itself makes this change, since web has post_start/)
    assert.deepEqual(await takeNotes(), [
      'worker any version: one stops',
      'web low version: two starts',
      'worker any version: one starts',
    ])
    await stack.deploy({ 'docker-compose.yml': withHooks('high') })
    assert.ok((await takeNotes()).includes('web high version: two starts'))
    await stack.rollBack()
    assert.ok((await takeNotes()).includes('web low version: two starts'))
    await assertNoneRefused(probe)
    await ada.git('reset', '-q', '--hard', 'HEAD~1')
  })

  it('run for the old release when one of the new release fails', async () => {
    const failing = '    post_start: [{ command: [sh, -c, "exit 3"] }]\n'
    const sentence = await pushFailing({ ...server('three'), 'docker-compose.yml': withHooks('low', failing) }, 'two')
    assert.match(sentence, /web hook exited with status 3/)
    assert.deepEqual(await takeNotes(), [
      'worker any version: one stops',
      'web low version: two starts',
      'worker any version: one starts',
    ])
    await assertSameAsCompose(site, plain)
  })

  it('run again in the very containers that ran, when a release without them fails', async () => {
    const ids = await readContainerIds(vm)
    await pushFailing({ ...exits, 'docker-compose.yml': withoutHooks }, 'two')
    assert.deepEqual(await readContainerIds(vm), ids)
    assert.deepEqual(await takeNotes(), ['web low version: two starts', 'worker any version: one starts'])
    await assertSameAsCompose(site, plain)
  })
})

describe('a service that a program outside of Docker provides', () => {
  const program = `#!/bin/sh
case "$*" in *metadata*) echo '{}'; exit ;; *size=none*) echo '{"type":"error","message":"no quota"}'; exit 1 ;; esac
echo '{"type":"setenv","message":"URL=db://shop"}'
`
  const withProvider = (size: string) =>
    composeFile(
      `  db: { provider: { type: give-database, options: { size: ${size} } } }\n`,
      programService('web', '    ports: ["80:80"]\n    depends_on: [db]\n'),
      idleService('apart'),
    )

  it('is provided by compose, with its variables in other services, and is no container that is missing', async () => {
    for (const each of [vm, plain.vm]) await each.writeFile('/usr/local/bin/give-database', program, { mode: '755' })
    await stack.begin({ ...server('one'), 'docker-compose.yml': withProvider('small') })
    await stack.deploy(server('two'))
    assert.equal((await vm.run('docker exec code-web-1 printenv DB_URL')).stdout, 'db://shop\n')
    const { containers, drift } = await site.status()
    assert.deepEqual([containers?.map(({ service }) => service).toSorted(), drift], [['apart', 'web'], []])
  })

  it('fails the deploy in its own words when it cannot be provided, and nothing is replaced', async () => {
    const failing = { ...server('three'), 'docker-compose.yml': withProvider('none') }
    assert.match((await stack.deployFailing(failing)).sentence, /no quota/)
  })

  it('does not keep the old release from being put back', async () => {
    await pushFailing(exits, 'two')
    await assertSameAsCompose(site, plain)
  })
})

describe('a network whose settings change', () => {
  /** Compose replaces the network for all of its services, of which the content changes only one. */
  const withNetwork = (version: string) =>
    `${composeFile(
      programService('web', '    ports: ["80:80"]\n    volumes: [/data]\n    configs: [site]\n'),
      idleService('apart'),
    )}networks: { default: { labels: { version: ${version} } } }\nconfigs: { site: { content: ${version} } }\n`

  it('is replaced in the same push as a config', async () => {
    await stack.begin({ ...server('one'), 'docker-compose.yml': withNetwork('one') })
    await stack.runOnBoth('docker exec code-web-1 touch /data/kept')
    await stack.deploy({ ...server('two'), 'docker-compose.yml': withNetwork('two') })
  })

  it('is as before, with the containers in it, when the new release fails', async () => {
    await pushFailing({ ...exits, 'docker-compose.yml': withNetwork('three') }, 'two')
    await assertSameAsCompose(site, plain)
  })
})
