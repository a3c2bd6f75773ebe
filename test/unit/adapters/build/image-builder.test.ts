// Builds by an engine of our own, over HTTP, which records what it is told; compose is only counted.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import Docker from 'dockerode'
import { ImageBuilder } from '../../../../agent/adapters/build/image-builder.ts'
import type { ComposeCli } from '../../../../agent/adapters/compose/compose-cli.ts'
import type { ComposeProject, Service } from '../../../../agent/interfaces/engine/compose-project.ts'
import { Failure } from '../../../../agent/protocol/failure.ts'
import { encodeMessage, timestamp, writeMessage } from '../../support/buildkit.ts'
import { createScratchFolder } from '../../support/scratch.ts'
import { createService } from '../../support/services.ts'

const done = { id: 'moby.image.id', aux: { ID: 'sha256:built' } }

describe('an image is built', () => {
  it('by one call of the engine, marked as compose would', async () => {
    const { images, calls, archives, composed } = await build((response) => answer(response, [done]))
    assert.deepEqual([images, composed], [{ web: 'sha256:built' }, 0])
    assert.deepEqual(archives.map(listed), [['Dockerfile', 'page.html']])
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
    const { images, composed, said } = await build((response) =>
      response.writeHead(400).end('{"message": "no BuildKit"}'),
    )
    assert.deepEqual([images, composed], [{ web: 'sha256:composed' }, 1])
    assert.match(said[0] ?? '', /^compose builds instead of the engine: .*no BuildKit/)
  })

  it('by compose where a file went away that the engine was to be sent', async () => {
    const { composed, thrown, calls } = await build(
      () => {},
      {},
      { meanwhile: (home) => rmSync(join(home, 'page.html')) },
    )
    assert.deepEqual([composed, thrown, calls.length], [1, null, 0])
  })

  for (const [who, act] of [
    ['the engine', (response: ServerResponse) => answer(response, [done])],
    ['compose', (response: ServerResponse) => response.writeHead(400).end('{"message": "no BuildKit"}')],
  ] as const)
    it(`by ${who} from what was looked at before, unless others have changed that since`, async () => {
      assert.equal((await build(act)).sure, true)
      const changed = await build(act, {}, { meanwhile: (home) => writeFileSync(join(home, 'page.html'), 'y') })
      assert.deepEqual([changed.thrown, changed.sure], [null, false])
    })

  it('once, and the deploy fails, where it cannot be told whether others have changed that', async () => {
    const refusal = Object.assign(new Error('broken'), { statusCode: 500 })
    const { calls, composed, thrown } = await build(
      (response) => answer(response, [done]),
      {},
      {
        untouched: () => Promise.reject(refusal),
      },
    )
    assert.deepEqual([calls.length, composed, thrown], [1, 0, refusal])
  })

  it('of each service by itself; when one does not build, the others end', async () => {
    const services = [service('web'), service('worker')]
    const { images, calls } = await build((response) => answer(response, [done]), {}, { services })
    assert.deepEqual(images, { web: 'sha256:built', worker: 'sha256:built' })
    assert.deepEqual(calls.map((call) => call.get('t')).toSorted(), ['web:abc', 'worker:abc'])
    let first: ServerResponse | undefined
    const { failure } = await build(
      (response) => {
        if (first) answer(response, [{ error: 'no' }])
        else first = response
      },
      {},
      { services },
    )
    assert.equal(failure?.code, 'build_failed')
  })

  it('by compose where two services call theirs the same', async () => {
    const services = [service('web'), { ...service('worker'), image: 'web:latest' }]
    const { composed, calls } = await build((response) => answer(response, [done]), {}, { services })
    assert.deepEqual([composed, calls.length], [1, 0])
  })

  for (const [what, file, content] of [
    ['proxies', '.docker/config.json', '{"proxies": {}}'],
    ['a builder of their own', '.docker/buildx/current', '{"Name": "farm"}'],
    ['another platform', '.env', 'LEVEL=1\nDOCKER_DEFAULT_PLATFORM=linux/arm64\n'],
    ['another builder for all', '.env', 'export BUILDX_BUILDER=farm\n'],
    ['times of their own', '.env', 'SOURCE_DATE_EPOCH=0\n'],
  ] as const)
    it(`by compose where Docker's clients were told of ${what}`, async () => {
      const { calls, composed } = await build((response) => answer(response, [done]), { [file]: content })
      assert.deepEqual([calls.length, composed], [0, 1])
    })

  it('by the engine where its clients only know passwords', async () => {
    const { composed } = await build((response) => answer(response, [done]), {
      '.docker/config.json': '{"auths": {}}',
      '.docker/buildx/current': '{"Key": "unix:///var/run/docker.sock", "Name": ""}',
      '.env': 'LEVEL=1\n',
    })
    assert.equal(composed, 0)
  })

  it('in vain when a step of it fails: why is said last', async () => {
    const error = 'process "/bin/sh -c echo exit code: 9" did not complete successfully: exit code: 3'
    const { failure, said, composed } = await build((response) => answer(response, [{ error }]))
    assert.deepEqual([failure?.code, failure?.brief, composed], ['build_failed', 'failed (exit 3)', 0])
    assert.equal(said.at(-1), `failed to solve: ${error}`)
  })

  for (const [what, act] of [
    ['ends without an image', (response: ServerResponse) => answer(response, [])],
    ['tells what is no JSON', (response: ServerResponse) => response.end(Buffer.from([0xff, 0xfe, 10]))],
    ['tells what is no status', (response: ServerResponse) => answer(response, [status(Buffer.from([0x0a, 0xff]))])],
  ] as const)
    it(`by compose where the engine ${what}`, async () => {
      const { images, said } = await build(act)
      assert.deepEqual(images, { web: 'sha256:composed' })
      assert.match(said.at(-1) ?? '', /^compose builds instead of the engine: /)
    })

  it('in vain when compose cannot either, or leaves no image', async () => {
    const { failure } = await build((response) => answer(response, []), {}, { exit: 3 })
    assert.deepEqual([failure?.code, failure?.brief], ['build_failed', 'failed (exit 3)'])
    const { failure: missing } = await build((response) => answer(response, []), {}, { left: false })
    assert.equal(missing?.code, 'image_missing')
  })

  it('of what the compose file builds alone, anew where that is asked for, with marks that nobody else may write', async () => {
    const labels = { 'com.docker.compose.service': 'mine' }
    const services = [
      { ...service('web'), build: { labels } },
      { ...service('db'), isBuilt: false, build: null },
    ]
    const { images, calls } = await build((response) => answer(response, [done]), {}, { services, anew: true })
    assert.deepEqual([images, calls.length, calls[0]?.get('nocache')], [{ web: 'sha256:built' }, 1, 'true'])
    assert.equal(JSON.parse(calls[0]?.get('labels') ?? '')['com.docker.compose.service'], 'web')
  })

  it('with nothing printed any more by one when another has failed', async () => {
    const asked: ServerResponse[] = []
    const { said } = await build(
      (response) => {
        asked.push(response)
        if (asked.length === 2) tell(response, [status(step('first')), status(step('second'))])
      },
      {},
      {
        services: [service('web'), service('worker')],
        // While the log takes its time for the first step of the one the other fails.
        async took(line) {
          const [other, one] = asked
          if (!other || !one || !line.startsWith('#1 ')) return
          answer(other, [{ error: 'no' }])
          await once(one, 'close')
        },
      },
    )
    assert.equal(said.length, 2)
    assert.match(said.join('|'), /^#1 \[w\w+\] first\|failed to solve: no$/)
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
    const { thrown } = await build((response) => void response.write('\n', () => stop.abort(reason)), {}, { stop })
    assert.equal(thrown, reason)
  })
})

function answer(response: ServerResponse, news: object[]): void {
  tell(response, news)
  response.end()
}

function tell(response: ServerResponse, news: object[]): void {
  response.write(news.map((one) => `${JSON.stringify(one)}\n`).join(''))
}

function status(bytes: Uint8Array): object {
  return { id: 'moby.buildkit.trace', aux: Buffer.from(bytes).toString('base64') }
}

/** A status by which a step of this name begins. */
function step(name: string): Uint8Array {
  return encodeMessage((pbf) =>
    writeMessage(pbf, 1, (vertex) => {
      vertex.writeStringField(1, name)
      vertex.writeStringField(3, name)
      writeMessage(vertex, 5, timestamp(1))
    }),
  )
}

interface Others {
  services?: Service[]
  stop?: AbortController
  anew?: boolean
  /** What compose ends with, and whether an image is there then. */
  exit?: number
  left?: boolean
  /** The second look at what is to be built. */
  untouched?: () => Promise<boolean>
  /** Resolves when the log has taken a line. */
  took?: (line: string) => Promise<void>
  /** Between the look at what is to be built and the build. */
  meanwhile?: (home: string) => void
}

/** @param act how the engine answers a build. @param told files of the home. */
async function build(act: (response: ServerResponse) => void, told: Record<string, string> = {}, others: Others = {}) {
  const {
    services = [service('web')],
    stop = new AbortController(),
    anew: noCache = false,
    exit = 0,
    left = true,
  } = others
  const home = createScratchFolder()
  const files = { Dockerfile: 'FROM scratch\nCOPY page.html /\n', '.dockerignore': '*\n!page.html\n', 'page.html': 'x' }
  mkdirSync(join(home, '.docker/buildx'), { recursive: true })
  for (const [path, text] of Object.entries({ ...files, ...told })) writeFileSync(join(home, path), text)
  const calls: URLSearchParams[] = []
  const archives: Buffer[] = []
  const open = new Set<ServerResponse>()
  const engine = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://engine')
    if (!left) response.statusCode = 404
    if (url.pathname !== '/build') return void response.end('{"Id": "sha256:composed", "Config": {}}')
    calls.push(url.searchParams)
    open.add(response.on('close', () => open.delete(response)))
    buffer(request).then((archive) => {
      archives.push(archive)
      act(response)
    })
  })
  const socketPath = join(home, 'docker.sock')
  await once(engine.listen(socketPath), 'listening')
  let composed = 0
  const compose: Pick<ComposeCli, 'build'> = {
    async build() {
      composed++
      return exit
    },
  }
  const builder = new ImageBuilder(new Docker({ socketPath }), compose, home, home)
  const project: ComposeProject = {
    labels: { 'com.docker.compose.project': 'p' },
    secrets: [],
    networks: [],
    services: services.map((one) => ({ ...one, build: { ...one.build, context: home } })),
  }
  const said: string[] = []
  const ctx = {
    signal: stop.signal,
    async output(line: string) {
      await others.took?.(line)
      said.push(line)
    },
    note: async () => {},
    remark: () => {},
  }
  const inputs = await builder.readInputs(project)
  assert.ok(inputs)
  const how = { noCache, inputs: { ...inputs, ...(others.untouched && { isUnchanged: others.untouched }) } }
  others.meanwhile?.(home)
  const ended = await builder.build(project, 'abc', how, ctx).then(
    ({ images, inputsDigest }) => ({ images, sure: inputsDigest === how.inputs.digest, thrown: null }),
    (thrown: unknown) => ({ images: null, sure: false, thrown }),
  )
  const failure = ended.thrown instanceof Failure ? ended.thrown : null
  // What the agent let go of has ended by itself before the engine is stopped.
  await Promise.all([...open].map((response) => once(response, 'close')))
  engine.close()
  engine.closeAllConnections()
  return { ...ended, failure, calls, archives, composed, said }
}

function service(name: string): Service {
  const build = { args: { LEVEL: '1' }, target: 'final', labels: { team: 'b' } }
  return createService(name, { image: `${name}:latest`, build })
}

function listed(archive: Buffer): string[] {
  const { stdout } = spawnSync('tar', ['--list'], { input: archive, encoding: 'utf8' })
  return stdout.trim().split('\n')
}
