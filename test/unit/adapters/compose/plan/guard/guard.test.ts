import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { Guard } from '../../../../../../agent/adapters/compose/plan/guard/guard.ts'
import type { GuardRules } from '../../../../../../agent/adapters/compose/plan/guard/guard-rules.ts'
import { askEngine, type FakeEngine, startFakeEngine } from '../../../../support/fake-engine.ts'
import { createScratchFolder } from '../../../../support/scratch.ts'

const oldId = 'a1'.repeat(32)
const newId = 'b2'.repeat(32)
const labels = {
  'com.docker.compose.project': 'shop',
  'com.docker.compose.service': 'web',
  'com.docker.compose.config-hash': 'hash',
}
const oldContainer = { Id: oldId, Names: ['/shop-web-1'], Labels: labels, State: 'running' }
const body = {
  Image: 'shop',
  Labels: { ...labels, 'com.docker.compose.replace': 'web-1' },
  HostConfig: { RestartPolicy: { Name: 'always' }, PortBindings: { '80/tcp': [{ HostPort: '8080' }], '53/udp': null } },
}
const temporaryName = `${oldId.slice(0, 12)}_shop-web-1`
const listUrl = `/v1.45/containers/json?all=1&filters=${encodeURIComponent('{"label":{"com.docker.compose.project=shop":true}}')}`

describe('the guard', () => {
  it('creates a container under a temporary name, without a restart policy', async () => {
    await using guarded = await startGuard({})
    const answer = await guarded.ask(`POST /v1.45/containers/create?name=${temporaryName}`, body)
    assert.deepEqual(answer, { status: 201, json: { Id: newId, Warnings: [] } })
    const creation = guarded.engine.requests.at(-1)
    assert.equal(creation?.line, 'POST /v1.45/containers/create?name=shop-web-1.bpt-next')
    assert.deepEqual(creation.body, { ...body, HostConfig: { ...body.HostConfig, RestartPolicy: { Name: 'no' } } })
  })

  it('lets compose remove a container that it could not complete', async () => {
    await using guarded = await startGuard({})
    await guarded.ask('POST /v1.45/containers/create?name=shop-web-2', body)
    await guarded.ask(`DELETE /v1.45/containers/${newId}?force=1`)
    assert.equal(guarded.engine.requests.at(-1)?.line, `DELETE /v1.45/containers/${newId}?force=1`)
    assert.deepEqual([guarded.guard.record.created.size, guarded.guard.record.removed.size], [0, 0])
  })

  it('only records changes of a container that exists, and answers as if they had happened', async () => {
    await using guarded = await startGuard({})
    await replaceContainer(guarded)
    const writes = guarded.engine.requests.filter(({ line }) => !line.startsWith('GET '))
    assert.deepEqual(
      writes.map(({ line }) => line),
      ['POST /v1.45/containers/create?name=shop-web-1.bpt-next'],
    )
    const { json } = await guarded.ask(`GET ${listUrl}`)
    assert.deepEqual(namesOf(json), [['/shop-web-1']])
    assert.deepEqual(guarded.guard.record.toPlan({}), {
      created: [
        {
          ...{ id: newId, name: 'shop-web-1', service: 'web', replaces: oldId, restartPolicy: { Name: 'always' } },
          ports: [{ target: 80, published: 8080, address: null }],
          claims: [],
          hasContents: false,
        },
      ],
      removed: [{ id: oldId, withVolumes: true }],
      ...{ restarted: [], networks: [], volumes: [], dependencies: {} },
    })
  })

  it('creates nothing if it pretends, although compose sees what it asked for', async () => {
    await using guarded = await startGuard({ isPretending: true })
    await replaceContainer(guarded)
    await guarded.ask('POST /v1.45/networks/create', { Name: 'shop_default' })
    await guarded.ask('POST /v1.45/volumes/create', { Name: 'shop_data' })
    assert.ok(guarded.engine.requests.every(({ line }) => line.startsWith('GET ')))
    assert.deepEqual(namesOf((await guarded.ask(`GET ${listUrl}`)).json), [['/shop-web-1']])
    const { networks, volumes } = guarded.guard.record
    assert.deepEqual({ networks, volumes }, { networks: ['shop_default'], volumes: ['shop_data'] })
  })

  it('counts a network that the engine refused as none of the plan', async () => {
    await using guarded = await startGuard({})
    assert.equal((await guarded.ask('POST /v1.45/networks/create', { Name: 'shop_default' })).status, 404)
    assert.deepEqual(guarded.guard.record.networks, [])
  })

  it('counts a volume that exists already as none of the plan', async () => {
    await using guarded = await startGuard({})
    await guarded.ask('POST /v1.45/volumes/create', { Name: 'kept' })
    assert.deepEqual(guarded.guard.record.volumes, [])
  })

  it('records a container that stays and is started again', async () => {
    await using guarded = await startGuard({ jobs: new Set() })
    await guarded.ask('POST /v1.45/containers/shop-web-1/stop')
    assert.deepEqual(statesOf((await guarded.ask(`GET ${listUrl}`)).json), ['exited'])
    await guarded.ask('POST /v1.45/containers/shop-web-1/start')
    assert.deepEqual(statesOf((await guarded.ask(`GET ${listUrl}`)).json), ['running'])
    assert.deepEqual(guarded.guard.record.toPlan({}).restarted, [oldId])
  })

  it('shows compose another configuration of services that are to be replaced', async () => {
    await using guarded = await startGuard({ recreate: new Set(['web']) })
    const { json } = await guarded.ask(`GET ${listUrl}`)
    assert.notDeepEqual(json, [oldContainer])
    assert.deepEqual(namesOf(json), [['/shop-web-1']])
  })

  it('shows compose stand-in ids of images', async () => {
    await using guarded = await startGuard({ images: new Map([['shop', 'sha256:stand-in']]) })
    const { json } = await guarded.ask('GET /v1.45/images/docker.io/library/shop:latest/json')
    assert.deepEqual(json, { Id: 'sha256:stand-in', Os: 'linux' })
  })

  it('invents a missing image only if it is told to: a deploy would build or pull it', async () => {
    const missing = 'GET /v1.45/images/gone:1/json'
    await using guarded = await startGuard({})
    assert.equal((await guarded.ask(missing)).status, 404)
    await using inventing = await startGuard({ inventsImages: true, images: new Map([['gone:1', 'sha256:new']]) })
    const { status, json } = await inventing.ask(missing)
    assert.deepEqual(
      [status, json !== null && typeof json === 'object' && 'Id' in json && json.Id],
      [200, 'sha256:new'],
    )
    assert.deepEqual((await inventing.ask('GET /v1.45/images/shop/json')).json, { Id: 'sha256:real', Os: 'linux' })
  })

  it('hides what a running deploy has created, and, if it pretends, what that has set aside', async () => {
    const inSwap = ['/shop-web-1.bpt-before', '/shop-web-1.bpt-next']
    for (const [isPretending, names] of [
      [true, []],
      [false, inSwap.slice(0, 1)],
    ] as const) {
      await using guarded = await startGuard({ isPretending }, inSwap)
      const listed = namesOf((await guarded.ask(`GET ${listUrl}`)).json).flat()
      assert.deepEqual(listed, ['/shop-web-1', ...names])
    }
  })

  it('refuses requests that it does not know, and says which', async () => {
    await using guarded = await startGuard({})
    const { status } = await guarded.ask(`POST /v1.45/containers/${oldId}/exec`, {})
    assert.equal(status, 501)
    assert.equal(guarded.guard.refused, `POST /containers/${oldId.slice(0, 12)}/exec`)
  })

  it('refuses contents for a container that exists', async () => {
    await using guarded = await startGuard({})
    await guarded.ask(`PUT /v1.45/containers/${oldId}/archive?path=/`, 'archive')
    assert.equal(guarded.guard.refused, `PUT /containers/${oldId.slice(0, 12)}/archive`)
  })

  it('ends a connection that changes its protocol', async () => {
    await using guarded = await startGuard({})
    const socket = connect(guarded.socketPath)
    socket.write('POST /v1.45/session HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n')
    assert.equal(await text(socket), '')
    assert.equal(guarded.guard.refused, 'POST /v1.45/session')
  })

  it('tells an engine that went away from a compose that gives up a request', async () => {
    await using guarded = await startGuard({})
    const socket = connect(guarded.socketPath)
    socket.write('POST /v1.45/containers/create?name=x HTTP/1.1\r\nHost: engine\r\nContent-Length: 100\r\n\r\n{')
    // The answer shows that the guard has received the request before.
    await guarded.ask('GET /v1.45/networks')
    socket.destroy()
    await guarded.guard.close()
    assert.deepEqual([guarded.guard.engineError, guarded.guard.refused], [null, null])
  })

  it('tells an engine that went away from a request that it refuses', async () => {
    await using guarded = await startGuard({})
    await guarded.engine[Symbol.asyncDispose]()
    assert.equal((await guarded.ask('GET /v1.45/networks')).status, 502)
    assert.match(String(guarded.guard.engineError), /ENOENT|ECONNREFUSED/)
    assert.equal(guarded.guard.refused, null)
  })
})

interface GuardedEngine extends AsyncDisposable {
  guard: Guard
  engine: FakeEngine
  socketPath: string
  ask(line: string, body?: object | string): ReturnType<typeof askEngine>
}

/** @param names of further containers. */
async function startGuard(rules: Partial<GuardRules>, names: string[] = []): Promise<GuardedEngine> {
  const containers = [oldContainer, ...names.map((name) => ({ ...oldContainer, Id: name, Names: [name] }))]
  const engine = await startFakeEngine(({ line }) => {
    if (line.startsWith('POST /v1.45/containers/create')) {
      containers.push({ ...oldContainer, Id: newId, Names: ['/shop-web-1.bpt-next'], State: 'created' })
      return { status: 201, json: { Id: newId } }
    }
    if (line.startsWith('GET /v1.45/containers/json')) return { json: containers }
    if (/^GET \/v1.45\/containers\/(shop-web-1|a1)/.test(line)) return { json: inspected }
    if (/^GET \/v1.45\/images\/(?!gone)/.test(line)) return { json: { Id: 'sha256:real', Os: 'linux' } }
    return line === 'GET /v1.45/volumes/kept' ? { json: {} } : null
  })
  const guard = new Guard(engine.socketPath, {
    ...{ isPretending: false, recreate: new Set<string>(), images: new Map<string, string>(), jobs: null },
    ...rules,
  })
  const socketPath = join(createScratchFolder(), 'guard.sock')
  await guard.listen(socketPath)
  return {
    ...{ guard, engine, socketPath },
    ask: (line, body) => askEngine(socketPath, line, body),
    async [Symbol.asyncDispose]() {
      await guard.close()
      await engine[Symbol.asyncDispose]()
    },
  }
}

const inspected = { Id: oldId, Name: '/shop-web-1', Config: { Labels: labels }, State: { Status: 'running' } }

/** Sends the requests by which compose 2.40 replaces a container. */
async function replaceContainer({ ask }: GuardedEngine): Promise<void> {
  const { json } = await ask(`POST /v1.45/containers/create?name=${temporaryName}`, body)
  assert.ok(json !== null && typeof json === 'object' && 'Id' in json)
  await ask(`POST /v1.45/containers/${oldId}/stop`)
  await ask(`DELETE /v1.45/containers/${oldId}?v=1`)
  const answer = await ask(`POST /v1.45/containers/${temporaryName}/rename?name=shop-web-1`)
  assert.equal(answer.status, 204)
}

function namesOf(json: unknown): unknown[] {
  assert.ok(Array.isArray(json))
  return json.map(({ Names }) => Names)
}

function statesOf(json: unknown): unknown[] {
  assert.ok(Array.isArray(json))
  return json.map(({ State }) => State)
}
