// Changes and watches single containers of a real engine.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { CurrentContainer } from '../../agent/interfaces/engine/containers.ts'
import type { Route } from '../../agent/interfaces/traffic-gate.ts'
import { bootVm } from '../vm/boot/boot-vm.ts'
import {
  callContainers,
  callLast,
  createContainer,
  installContainersProgram,
  serverCommand,
} from './support/containers-vm.ts'

const vm = await bootVm('containers-e2e')
after(() => vm.destroy())

const inspect = async (name: string, format: string) =>
  (await vm.run(`docker inspect ${name} --format '${format}'`)).stdout.trim()
const readState = (name: string) => inspect(name, '{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}')

/** Stops when its client has left. */
const drainingServer = `exec node -e "
  const server = require('http').createServer((_, response) => response.write('event')).listen(80)
  process.on('SIGTERM', () => server.close(() => process.exit(0)))"`

/** Ends when a client has its first data; the client stays for some seconds. */
const holdFor = (container: string, seconds: number) => `
  grep -q held < <(exec docker exec ${container} node -e "
    const { get } = require('http')
    process.stdout.on('error', () => {})
    get('http://127.0.0.1', { agent: false }, (response) => response.once('data', () => console.log('held')))
    setTimeout(() => process.exit(), ${seconds * 1000})" 2>/dev/null)`

/** Stops a container while a client holds it for more than a minute. */
async function stopWhileHeld() {
  await createContainer(vm, 'held', '--stop-timeout 300 -p 80', drainingServer)
  return callContainers(vm, [
    { method: 'start', container: 'held' },
    { method: 'waitFor', container: 'held', state: 'ready' },
    { method: 'shell', command: holdFor('held', 65) },
    { method: 'stop', container: 'held', limitSeconds: 150 },
  ])
}

/** Goes on beside the other tests, which do not touch the container. */
let longStop: ReturnType<typeof stopWhileHeld>
before(async () => {
  await installContainersProgram(vm)
  longStop = stopWhileHeld()
  longStop.catch(() => {})
})

describe('a health check with a long interval', () => {
  const options =
    "--health-cmd 'test -e /ready' --health-interval 1h --health-start-period 1h --health-start-interval 1h"

  it('is run by the agent, which does not wait for Docker', async () => {
    await createContainer(vm, 'slow', options)
    // Ready after a check has failed.
    const checks = 'docker events --filter container=slow --filter event=exec_die'
    const makeReady = `(grep -q . < <(exec ${checks}) && docker exec slow touch /ready) &> /dev/null &`
    const results = await callContainers(vm, [
      { method: 'shell', command: makeReady },
      { method: 'start', container: 'slow' },
      { method: 'waitFor', container: 'slow', state: 'ready' },
      { method: 'waitFor', container: 'slow', state: 'healthy' },
    ])
    assert.deepEqual(
      results.slice(2).map(({ value }) => value),
      ['slow passes its health check', 'slow passes its health check'],
    )
    assert.deepEqual(results[2]?.notes, ['slow: its health check runs every 3600 s; asking it once a second instead'])
    assert.equal(await inspect('slow', '{{.State.Health.Status}} {{len .State.Health.Log}}'), 'starting 0')
  })

  it('gives the last line that it printed as the reason of a failure', async () => {
    await createContainer(vm, 'sick', "--health-cmd 'echo no database; exit 1' --health-interval 1h")
    const { failure } = await callLast(
      vm,
      { method: 'start', container: 'sick' },
      { method: 'waitFor', container: 'sick', state: 'healthy', limitSeconds: 3 },
    )
    assert.match(failure?.message ?? '', /^sick does not become healthy: its health check says: no database, until/)
  })

  it('is left to Docker if its command cannot be run', async () => {
    await createContainer(vm, 'odd', '--health-cmd /nowhere --health-interval 2s --health-retries 1')
    const { failure } = await callLast(
      vm,
      { method: 'start', container: 'odd' },
      { method: 'waitFor', container: 'odd', state: 'ready' },
    )
    assert.match(failure?.message ?? '', /^odd does not become healthy: its health check says: .*nowhere/)
    assert.equal(await inspect('odd', '{{.State.Health.Status}}'), 'unhealthy')
  })
})

describe('a port', () => {
  const ports = '-p 80 -p 9229 -p 53:53/udp'

  it('without an answer fails the wait with the setting that excludes it, and with it no more', async () => {
    await createContainer(vm, 'web', ports, serverCommand())
    const waitFor = { method: 'waitFor', container: 'web', state: 'ready' } as const
    const [, silent, excluded] = await callContainers(vm, [
      { method: 'start', container: 'web' },
      { ...waitFor, limitSeconds: 3 },
      { ...waitFor, target: { ports: [80] } },
    ])
    const expected =
      /port 9229 does not answer \(connection refused; its processes listen on port 80\), .* swap\.services\.web\.ports/
    assert.match(silent?.failure?.message ?? '', expected)
    assert.equal(excluded?.value, 'web answers on port 80')
  })

  it('without an answer is noted if another port answers for some time', async () => {
    await createContainer(vm, 'web', ports, serverCommand())
    const start = { method: 'start', container: 'web' } as const
    const results = await callContainers(vm, [
      start,
      { method: 'waitFor', container: 'web', state: 'ready' },
      { method: 'waitFor', container: 'web', state: 'healthy' },
    ])
    assert.deepEqual(
      results.slice(1).map(({ value }) => value),
      ['web answers on port 80', 'web answers on port 80'],
    )
    assert.match(
      results[1]?.notes.join() ?? '',
      /port 9229 does not answer \(connection refused\), but port 80 does, so it counts as ready/,
    )
  })

  it('without an answer is noted if the health check succeeds', async () => {
    await createContainer(vm, 'web', `${ports} --health-cmd true --health-interval 1h`, serverCommand())
    const { value, notes } = await callLast(
      vm,
      { method: 'start', container: 'web' },
      { method: 'waitFor', container: 'web', state: 'ready' },
    )
    assert.equal(value, 'web passes its health check')
    const expected = /^web: port 9229 does not answer \(connection refused; .* on port 80\), but its health check/
    assert.match(notes.at(-1) ?? '', expected)
  })

  it('without an answer is noted if no port answers, but the health check succeeds', async () => {
    await createContainer(vm, 'game', '-p 27015 -p 54:54/udp --health-cmd true --health-interval 1h')
    const { value, notes } = await callLast(
      vm,
      { method: 'start', container: 'game' },
      { method: 'waitFor', container: 'game', state: 'ready' },
    )
    assert.equal(value, 'game passes its health check')
    assert.match(notes.at(-1) ?? '', /^game: port 27015 .*its processes listen on no port\), but its health check/)
  })

  it('fails the wait, even beside a health check, if only the container itself can reach it', async () => {
    const waitFor = { method: 'waitFor', container: 'local', state: 'ready' } as const
    for (const [options, limitSeconds] of [
      ['', 2],
      ['--health-cmd true --health-interval 1h', 30],
    ] as const) {
      await createContainer(vm, 'local', `-p 80 ${options}`, serverCommand('127.0.0.1'))
      const { failure } = await callLast(vm, { method: 'start', container: 'local' }, { ...waitFor, limitSeconds })
      const expected = /refused; its processes listen on 127\.0\.0\.1:80 only\).* Let it listen on 0\.0\.0\.0\./
      assert.match(failure?.message ?? '', expected)
    }
  })
})

describe('an app that answers only to some hosts', () => {
  const allowing = (host: string) => `exec node -e "
    require('http').createServer(({ headers }, response) =>
      response.writeHead(headers.host.split(':')[0] === '${host}' ? 200 : 400).end()).listen(8000)"`
  const waitFor = { method: 'waitFor', container: 'picky', state: 'ready' } as const
  const start = { method: 'start', container: 'picky' } as const
  const check = '--health-cmd "node -e fetch(\'http://localhost:8000/up\')" --health-interval 1h'

  it('is asked with the host of its health check, and any answer below 500 counts', async () => {
    for (const host of ['localhost', 'example.org']) {
      await createContainer(vm, 'picky', `-p 8000 ${check}`, allowing(host))
      assert.equal((await callLast(vm, start, waitFor)).value, 'picky answers /up')
    }
  })

  it('refuses the path with the setting that names another host, and answers to that host', async () => {
    await createContainer(vm, 'picky', '-p 8000', allowing('example.org'))
    const target = { path: '/up' }
    const [, refused, allowed] = await callContainers(vm, [
      start,
      { ...waitFor, target, limitSeconds: 2 },
      { ...waitFor, target: { ...target, host: 'example.org' } },
    ])
    const expected =
      /: \/up answers 400 to Host localhost:8000, .* Is that name allowed\? \(swap\.services\.picky\.host\)$/
    assert.match(refused?.failure?.message ?? '', expected)
    assert.equal(allowed?.value, 'picky answers /up')
  })
})

describe('a container that ends', () => {
  const endings = [
    { command: 'exit 0', options: '', state: 'succeeded', value: 'job ended with exit 0' },
    { command: 'exit 0', options: '', state: 'ready', value: 'job ended with exit 0' },
    // Fails twice, then succeeds.
    {
      command: 'echo >> /runs; test $(wc -l < /runs) = 3',
      options: '--restart on-failure',
      state: 'succeeded',
      value: 'job ended with exit 0',
    },
  ] as const
  for (const { command, options, state, value } of endings)
    it(`by '${command}' is ${state}`, async () => {
      await createContainer(vm, 'job', options, command)
      const result = await callLast(
        vm,
        { method: 'start', container: 'job' },
        { method: 'waitFor', container: 'job', state },
      )
      assert.deepEqual(result, { value, notes: [] })
    })

  it('by another exit fails with its last lines', async () => {
    await createContainer(vm, 'job', '', 'echo no such table; exit 4')
    const { failure, notes } = await callLast(
      vm,
      { method: 'start', container: 'job' },
      { method: 'waitFor', container: 'job', state: 'succeeded' },
    )
    assert.equal(failure?.message, 'the job job has not succeeded: it ended with exit 4.')
    assert.deepEqual(notes, ['last lines of job:', '  no such table'])
  })

  it('and is started again by its restart policy fails at once, with its exit', async () => {
    // Answers in each of its lives.
    const server = `exec node -e "
      require('http').createServer((_, response) => response.end()).listen(80)
      setTimeout(() => process.exit(7), 100)"`
    await createContainer(vm, 'brief', '-p 80 --restart always', server)
    const starts =
      'docker events --since $(docker inspect -f {{.Created}} brief) --filter container=brief --filter event=start'
    const waitFor = { method: 'waitFor', container: 'brief', isSteady: true } as const
    const results = await callContainers(vm, [
      { method: 'start', container: 'brief' },
      { method: 'shell', command: `sed -n 2q < <(exec ${starts} 2> /dev/null)` },
      { ...waitFor, state: 'ready' },
      { ...waitFor, state: 'proven' },
    ])
    for (const { failure } of results.slice(-2)) assert.match(failure?.message ?? '', /it ended .*with exit 7\.$/)
    await vm.run('docker rm -f brief')
  })

  it('because it was killed for memory fails with its limit', async () => {
    const eats = `exec node -e "const all = []; for (;;) all.push(Buffer.alloc(1e6, 1))"`
    for (const policy of ['no', 'always']) {
      await createContainer(vm, 'eater', `--memory 64m --restart ${policy}`, eats)
      const { failure } = await callLast(
        vm,
        { method: 'start', container: 'eater' },
        { method: 'waitFor', container: 'eater', state: 'ready', isSteady: true },
      )
      const expected = /ended .*with exit 137, .*memory: its limit is 64 MB\. Raise it in the compose file: mem_limit/
      assert.match(failure?.message ?? '', expected)
    }
    await vm.run('docker rm -f eater')
  })

  it('and has no log that can be read fails with its exit, and with its last lines if the agent started it', async () => {
    await createContainer(vm, 'silent', '--log-driver none', 'echo lost; exit 3')
    const rename = { method: 'rename', container: 'silent', name: 'silent', restartPolicy: { Name: 'no' } } as const
    const waitFor = { method: 'waitFor', container: 'silent', state: 'ready' } as const
    const { failure, notes } = await callLast(vm, rename, { method: 'start', container: 'silent' }, waitFor)
    assert.deepEqual(failure, { code: 'unhealthy', message: 'silent does not become healthy: it ended with exit 3.' })
    assert.deepEqual(notes, ['last lines of silent:', '  lost'])
    // Another life of the agent.
    assert.match((await callLast(vm, waitFor)).notes.join(), /^the log of silent cannot be read: /)
  })

  it('again and again is stopped as well, and not started by the engine', async () => {
    await createContainer(vm, 'loop', '--restart always', 'exit 3')
    const results = await callContainers(vm, [
      { method: 'start', container: 'loop' },
      { method: 'waitFor', container: 'loop', state: 'ready' },
      { method: 'stop', container: 'loop' },
      { method: 'rename', container: 'loop', name: 'loop.bpt-before', restartPolicy: { Name: 'no' } },
    ])
    assert.match(results[1]?.failure?.message ?? '', /it ended 3 times, last with exit 3\.$/)
    assert.equal(await readState('loop.bpt-before'), 'exited no')
  })
})

describe('a container of another project', () => {
  it('is not listed, even from the same folder', async () => {
    const labels = '-l com.docker.compose.project=staging -l com.docker.compose.project.working_dir=/srv/shop'
    await createContainer(vm, 'ours', '-l com.docker.compose.project.working_dir=/srv/shop')
    await createContainer(vm, 'foreign', labels)
    const { value } = await callLast(vm, { method: 'listCurrent' })
    const names = (value as CurrentContainer[]).map(({ name }) => name)
    assert.ok(names.includes('ours') && !names.includes('foreign'), names.join())
  })
})

describe('a standby', () => {
  const planned = {
    name: 'shop-web-1',
    service: 'web',
    replaces: null,
    restartPolicy: { Name: 'always' },
    ports: [{ target: 80, published: 8080, address: null }],
    claims: [],
    hasContents: true,
  }
  const compose = `
name: shop
services:
  web:
    image: node:26-slim
    command: ["node", "-e", "require('http').createServer((_, response) => response.end()).listen(80)"]
    init: true
    restart: always
    ports: ["8080:80"]
    secrets: [token]
    configs: [{ source: words, target: /etc/app/words }, { source: words, target: /etc/motd }]
    volumes: ["./uploads:/srv/uploads", "/srv/anonymous"]
    networks: { default: { aliases: [shop] }, fixed: { ipv4_address: 10.77.0.7 } }
secrets: { token: { environment: TOKEN } }
configs: { words: { content: "two words" } }
networks: { fixed: { ipam: { config: [{ subnet: 10.77.0.0/24 }] } } }
`
  const readNetworks = (name: string) => inspect(name, '{{json .NetworkSettings.Networks}}')

  before(async () => {
    await vm.writeFile('/root/shop/compose.yaml', compose)
    await vm.run('cd /root/shop && TOKEN=secret docker compose create && docker rename shop-web-1 shop-web-1.bpt-next')
  })

  it('serves beside the planned container, with its secrets and configs, on a random port', async () => {
    const call = { method: 'startStandby', container: 'shop-web-1.bpt-next', planned } as const
    const [first, second] = await callContainers(vm, [call, call])
    const [route] = (first?.value ?? []) as Route[]
    assert.deepEqual(route?.port, planned.ports[0])
    assert.deepEqual(second?.value, first?.value)
    const read = 'docker exec shop-web-1.bpt-standby cat /run/secrets/token /etc/app/words /etc/motd'
    assert.equal((await vm.run(read)).stdout.trim(), 'secrettwo wordstwo words')
    await vm.run(`node=/opt/containers/node; $node -e "fetch('http://127.0.0.1:${route?.loopbackPort}')"`)
    assert.doesNotMatch(await readNetworks('shop-web-1.bpt-standby'), /"shop"|10\.77\.0\.7"/)
    assert.equal(await readState('shop-web-1.bpt-standby'), 'running no')
  })

  it('is removed without the planned container, which then starts with its own address', async () => {
    const results = await callContainers(vm, [
      { method: 'removeStandbys' },
      { method: 'removeNetworks', names: ['missing'] },
      { method: 'rename', container: 'shop-web-1.bpt-next', name: 'shop-web-1', restartPolicy: { Name: 'always' } },
      { method: 'start', container: 'shop-web-1' },
      { method: 'waitFor', container: 'shop-web-1', state: 'ready' },
      // The network is in use now.
      { method: 'removeNetworks', names: ['shop_fixed'] },
    ])
    for (const { failure } of results) assert.equal(failure, undefined)
    assert.match(await readNetworks('shop-web-1'), /"IPAddress":"10\.77\.0\.7"/)
    const { stderr } = await vm.run('cd /root/shop && TOKEN=secret docker compose up --detach --no-build')
    assert.doesNotMatch(stderr, /Recreate|Created/, stderr)
  })
})

describe('a container with a long grace period', () => {
  it('is killed before it is started again: it serves no longer', async () => {
    await createContainer(vm, 'drain', '--stop-timeout 300 -p 80', drainingServer)
    const results = await callContainers(vm, [
      { method: 'start', container: 'drain' },
      { method: 'waitFor', container: 'drain', state: 'ready' },
      { method: 'shell', command: holdFor('drain', 170) },
      { method: 'stop', container: 'drain', limitSeconds: 1 },
    ])
    assert.equal(results.at(-1)?.failure?.code, 'too_slow')
    // A second process stands for the agent's next life.
    const { value } = await callLast(
      vm,
      { method: 'start', container: 'drain' },
      { method: 'waitFor', container: 'drain', state: 'ready' },
    )
    assert.equal(value, 'drain answers on port 80')
  })

  it('is not killed while a client holds it for more than a minute', async () => {
    assert.deepEqual((await longStop).at(-1), { notes: [] })
    assert.equal(await inspect('held', '{{.State.Status}} {{.State.ExitCode}}'), 'exited 0')
  })
})

describe('a restart of the engine', () => {
  it('starts neither a container that was put aside nor a planned one', async () => {
    await createContainer(vm, 'store', '--restart always')
    await createContainer(vm, 'store.bpt-next')
    await callContainers(vm, [
      { method: 'start', container: 'store' },
      { method: 'stop', container: 'store' },
      { method: 'rename', container: 'store', name: 'store.bpt-before', restartPolicy: { Name: 'no' } },
    ])
    // systemd refuses a third start of Docker within a minute unless its count is reset.
    await vm.run('systemctl reset-failed docker; systemctl restart docker')
    assert.deepEqual(await Promise.all([readState('store.bpt-before'), readState('store.bpt-next')]), [
      'exited no',
      'created no',
    ])
    const { value } = await callLast(vm, { method: 'snapshot' })
    const snapshot = value as { containers: { name: string; isRunning: boolean }[] }
    const store = snapshot.containers.filter(({ name }) => name.startsWith('store'))
    assert.deepEqual(
      store.map(({ name, isRunning }) => ({ name, isRunning })),
      [{ name: 'store', isRunning: true }],
    )
  })
})
