// Tests that `bptctl plan` foretells what a deploy changes, and that it changes nothing itself.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { PlanResult } from '../../agent/protocol/messages.ts'
import { createSite } from './support/site.ts'
import { commitServers, openServerCheckpoint, waitUntilServerHeld } from './support/swap-stack.ts'

const site = await createSite('plan')
const { vm, ada } = site
const folder = '/bpt/production/code'
after(() => site.close())

const sleeper = (settings: string) => `{image: node:26-slim, command: [sleep, "9999"], init: true${settings}}`

/** A compose file of two built services, a job, services without build, and a profile that is off. */
const compose = (changes: Record<string, string> = {}) => {
  const services: Record<string, string> = {
    web: `{build: web, image: "web:latest", ports: ["80:80"], env_file: .env, environment: {LEVEL: "\${LEVEL}"}, depends_on: {migrate: {condition: service_completed_successfully}}}`,
    api: '{build: api, image: "api:latest", ports: ["81:80"]}',
    migrate: '{image: node:26-slim, command: "true"}',
    proxy: sleeper(`, volumes: ["./proxy.conf:/proxy.conf", "\${PWD}/README:/readme"]`),
    redis: sleeper(''),
    tool: sleeper(', profiles: [tools]'),
    ...changes,
  }
  const lines = Object.entries(services).map(([name, text]) => text && `  ${name}: ${text}\n`)
  return `services:\n${lines.join('')}`
}

describe('bptctl plan', () => {
  before(async () => {
    await vm.writeFile(`${folder}/.env`, 'LEVEL=1\n', { owner: 'root:bpt', mode: '640' })
    await ada.commit({ 'proxy.conf': 'one', README: 'one' }, 'Files')
    await commitServers(site, 'one', { web: 'healthy', api: 'healthy' }, compose())
    await ada.push()
    await vm.run(`cd ${folder} && docker compose --profile tools up -d tool`)
  })

  it('tells that nothing changes for the live revision, by default the tip of the branch', async () => {
    const { revision, services } = await readPlan('')
    assert.equal(revision, await ada.head())
    assert.deepEqual(services?.map(({ service, change }) => `${service} ${change}`).toSorted(), [
      ...['api stays', 'migrate stays', 'proxy stays', 'redis stays', 'web stays'],
    ])
  })

  for (const [title, edit, expected] of [
    [
      'changed code of one service',
      () => commitServers(site, 'two', { web: 'healthy' }, compose()),
      {
        web: 'replaced: code changed',
      },
    ],
    [
      'changed configuration, a removed and an added service',
      () =>
        ada.commit(
          {
            'docker-compose.yml': compose({
              api: '{build: api, image: "api:latest", ports: ["81:80"], labels: {a: b}}',
              redis: '',
              cache: sleeper(''),
            }),
          },
          'Cache',
        ),
      {
        api: 'replaced: configuration changed',
        redis: 'removed: no longer in the compose file',
        cache: 'created: it has no container yet',
      },
    ],
    [
      'a changed file that a container mounts',
      () => ada.commit({ 'proxy.conf': 'two' }, 'Proxy'),
      {
        proxy: 'replaced: proxy.conf, which it mounts, changed',
      },
    ],
  ] as [string, () => Promise<string>, Record<string, string>][])
    it(`foretells ${title}: the deploy then changes these services and no others`, async () => {
      await edit()
      await ada.push({ ref: 'HEAD:next' })
      const before = await readState()
      const { services } = await readPlan('next')
      assert.deepEqual(await readState(), before)
      const changes = (services ?? []).filter(({ change }) => change !== 'stays')
      assert.deepEqual(
        Object.fromEntries(changes.map(({ service, change, reason }) => [service, `${change}: ${reason}`])),
        expected,
      )
      const idsBefore = await readIds()
      await ada.push()
      const idsAfter = await readIds()
      const names = [...new Set([...idsBefore.keys(), ...idsAfter.keys()])]
      assert.deepEqual(
        names.filter((name) => idsBefore.get(name) !== idsAfter.get(name)).toSorted(),
        Object.keys(expected).toSorted(),
      )
      assert.match(
        (await vm.run('bptctl plan', { as: 'ada' })).stdout,
        /^plan {6}.* {2}live is the same\n\n(\S+ +stays\n)+$/,
      )
    })

  it('shows the strategy of services with published ports, in lines of at most 80 columns', async () => {
    const { stdout } = await vm.run('bptctl plan HEAD~3', { as: 'ada' })
    assert.match(stdout, /^web +replaced +.* hold$/m)
    assert.ok(stdout.split('\n').every((line) => line.length <= 80))
  })

  it('works while a deploy runs, and does not delay its end', async () => {
    await commitServers(site, 'held', { web: 'held' }, compose({ redis: '', cache: sleeper('') }))
    const pushed = ada.push()
    await waitUntilServerHeld(vm)
    const { services } = await readPlan('HEAD')
    assert.ok(services?.some(({ service }) => service === 'web'))
    await openServerCheckpoint(vm)
    assert.match((await pushed).output, /live: /)
  })

  it('says that compose makes a change itself which cannot be planned', async () => {
    const hook = '{build: api, image: "api:latest", ports: ["81:80"], post_start: [{command: "true"}]}'
    await ada.commit({ 'docker-compose.yml': compose({ api: hook }) }, 'Hook')
    await ada.push({ ref: 'HEAD:hook' })
    const { stdout } = await vm.run('bptctl plan hook', { as: 'ada' })
    assert.match(
      stdout,
      /^plan {6}\w{7} {2}"Hook" {2}live is \w{7}\n\ndocker compose makes .* itself: api has post_start\n$/,
    )
  })

  it('refuses what a deploy would refuse: an invalid compose file, a missing secret, an unknown revision', async () => {
    for (const [file, message] of [
      ['services: [', /^the compose file is not valid: /],
      [
        `${compose()}secrets: {a: {file: .secrets/none}}\n`.replace(
          'redis:',
          'user: {image: node:26-slim, secrets: [a]}\n  redis:',
        ),
        /missing or empty: \/bpt\/production\/code\/\.secrets\/none/,
      ],
    ] as const) {
      await ada.commit({ 'docker-compose.yml': file }, 'Broken')
      await ada.push({ ref: '+HEAD:broken' })
      const { code, stderr } = await vm.tryRun('bptctl plan broken', { as: 'ada' })
      assert.equal(code, 1)
      assert.match(stderr, message)
      assert.doesNotMatch(stderr, /tree-/)
    }
    const { code, stderr } = await vm.tryRun('bptctl plan nothing', { as: 'ada' })
    assert.deepEqual([code, stderr.split('.')[0]], [1, 'there is no revision nothing in the repository'])
  })

  it('leaves no files behind, and needs the engine', async () => {
    assert.equal((await vm.run('ls /var/lib/bpt-deployer/compose | grep tree- || true')).stdout, '')
    await vm.run('systemctl stop docker.socket docker')
    const { code, stderr } = await vm.tryRun('bptctl plan main', { as: 'ada' })
    await vm.run('systemctl start docker')
    assert.equal(code, 1)
    assert.match(stderr, /^the Docker engine does not answer/)
  })
})

async function readPlan(revision: string): Promise<PlanResult> {
  return JSON.parse((await vm.run(`bptctl plan ${revision} --json`, { as: 'ada' })).stdout)
}

/** Everything that a plan must leave as it is. */
async function readState(): Promise<string> {
  const git = `git -C ${folder}`
  const commands = [
    `${git} rev-parse HEAD; ${git} status --porcelain; sha256sum ${folder}/.git/index`,
    "docker ps -a --no-trunc --format '{{.ID}} {{.Names}} {{.State}}' | sort",
    "docker images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' | sort; docker network ls; docker volume ls",
  ]
  return (await vm.run(commands.join('; '))).stdout
}

/** Container ids by their services. */
async function readIds(): Promise<Map<string, string>> {
  const format = `'{{.Label "com.docker.compose.service"}} {{.ID}}'`
  const { stdout } = await vm.run(`docker ps -a --filter label=com.docker.compose.project --format ${format}`)
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  )
}
