// Builds by an engine of our own, over HTTP, which records what it is told; compose is only counted.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import Docker from 'dockerode'
import type { Compose } from '../../agent/edge/compose.ts'
import { ImageBuilder } from '../../agent/edge/image-builder.ts'
import type { Plan } from '../../agent/engine.ts'
import { Failure } from '../../agent/failure.ts'

const done = { id: 'moby.image.id', aux: { ID: 'sha256:built' } }

describe('an image is built', () => {
  it('by one call of the engine, marked as compose would', async () => {
    const { images, calls, composed } = await build((response) => answer(response, [done]))
    assert.deepEqual([images, composed], [{ web: 'sha256:built' }, 0])
    const [call] = calls
    assert.deepEqual(
      ['version', 't', 'dockerfile', 'nocache', 'target'].map((name) => call?.get(name)),
      ['2', 'web:abc', 'Dockerfile', null, 'final'],
    )
    assert.deepEqual(JSON.parse(call?.get('buildargs') ?? ''), { LEVEL: '1' })
    assert.deepEqual(JSON.parse(call?.get('labels') ?? ''), {
      team: 'b',
      'com.docker.compose.project': 'p',
      'com.docker.compose.service': 'web',
    })
  })

  it('by compose where the engine takes no such call', async () => {
    const { images, composed } = await build((response) => response.writeHead(400).end('{"message": "no BuildKit"}'))
    assert.deepEqual([images, composed], [{ web: 'sha256:composed' }, 1])
  })

  for (const [what, file, content] of [
    ['proxies', 'config.json', '{"proxies": {}}'],
    ['a builder of their own', 'buildx/current', '{"Name": "farm"}'],
  ] as const)
    it(`by compose where Docker's clients were told of ${what}`, async () => {
      const { calls, composed } = await build((response) => answer(response, [done]), { [file]: content })
      assert.deepEqual([calls.length, composed], [0, 1])
    })

  it('by the engine where its clients only know passwords', async () => {
    const { composed } = await build((response) => answer(response, [done]), {
      'config.json': '{"auths": {}}',
      'buildx/current': '{"Key": "unix:///var/run/docker.sock", "Name": ""}',
    })
    assert.equal(composed, 0)
  })

  it('in vain when a step of it fails: why is said last', async () => {
    const error = 'process "/bin/sh -c make" did not complete successfully: exit code: 3'
    const { failure, said, composed } = await build((response) => answer(response, [{ error }]))
    assert.deepEqual([failure?.code, failure?.brief, composed], ['build_failed', 'failed (exit 3)', 0])
    assert.equal(said.at(-1), `failed to solve: ${error}`)
  })

  for (const [what, act] of [
    ['without an image', (response: ServerResponse) => answer(response, [])],
    ['with what nobody can read', (response: ServerResponse) => response.end(Buffer.from([0xff, 0xfe, 10]))],
  ] as const)
    it(`in vain when the engine ends ${what}`, async () => {
      assert.equal((await build(act)).failure?.code, 'build_failed')
    })

  it('no longer when the connection breaks', async () => {
    const { thrown } = await build((response) => {
      response.write('{"id": "moby', () => response.destroy())
    })
    assert.ok(thrown instanceof Error && 'code' in thrown)
    assert.equal(thrown.code, 'ECONNRESET')
  })

  it('no longer when it is told to end', async () => {
    const stop = new AbortController()
    const reason = Failure.of('cancelled', { by: 'ada', step: 'build' })
    const { thrown, closed } = await build((response) => void response.write('\n', () => stop.abort(reason)), {}, stop)
    assert.equal(thrown, reason)
    await closed
  })
})

function answer(response: ServerResponse, news: object[]): void {
  response.end(news.map((one) => `${JSON.stringify(one)}\n`).join(''))
}

async function build(
  act: (response: ServerResponse) => void,
  told: Record<string, string> = {},
  stop = new AbortController(),
) {
  const home = mkdtempSync(join(tmpdir(), 'builder-'))
  mkdirSync(join(home, '.docker/buildx'), { recursive: true })
  for (const [path, text] of Object.entries(told)) writeFileSync(join(home, '.docker', path), text)
  writeFileSync(join(home, 'Dockerfile'), 'FROM scratch\n')
  writeFileSync(join(home, '.dockerignore'), '*\n')
  const calls: URLSearchParams[] = []
  const closed = Promise.withResolvers<void>()
  const engine = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://engine')
    if (url.pathname !== '/build') return void response.end('{"Id": "sha256:composed", "Config": {}}')
    calls.push(url.searchParams)
    response.on('close', () => closed.resolve())
    request.resume().on('end', () => act(response))
  })
  const socketPath = join(home, 'docker.sock')
  await once(engine.listen(socketPath), 'listening')
  let composed = 0
  const compose: Pick<Compose, 'build'> = {
    async build() {
      composed++
      return 0
    },
  }
  const builder = new ImageBuilder(new Docker({ socketPath }), compose, home)
  const plan: Plan = {
    marks: { 'com.docker.compose.project': 'p' },
    secrets: [],
    networks: [],
    services: [
      {
        ...{ name: 'web', built: true, released: true, image: 'web:latest', hash: '', replicas: 1, ports: [] },
        build: { context: home, args: { LEVEL: '1' }, target: 'final', labels: { team: 'b' } },
      },
    ],
  }
  const said: string[] = []
  const hand = {
    signal: stop.signal,
    out: async (line: string) => void said.push(line),
    note: async () => {},
    remark: () => {},
  }
  const how = { anew: false, inputs: await builder.inputs(plan) }
  assert.ok(how.inputs)
  const ended = await builder.build(plan, 'abc', how, hand).then(
    (images) => ({ images, thrown: null }),
    (thrown: unknown) => ({ images: null, thrown }),
  )
  engine.close()
  engine.closeAllConnections()
  const failure = ended.thrown instanceof Failure ? ended.thrown : null
  return { ...ended, failure, calls, composed, said, closed: closed.promise }
}
