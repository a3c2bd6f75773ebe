import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  type AnswerBuild,
  createBuiltService,
  endWith,
  imageEvent,
  runBuild,
  sendEvents,
  statusEvent,
} from '../../support/build-engine.ts'
import { encodeMessage, timestamp, writeMessage } from '../../support/buildkit.ts'

const buildImage: AnswerBuild = (response) => endWith(response, [imageEvent])
const refuseBuild: AnswerBuild = (response) => response.writeHead(400).end('{"message": "no BuildKit"}')

describe('the engine', () => {
  it('builds each service by a call of its own; when one build fails, the others are ended', async () => {
    const services = [createBuiltService('web'), createBuiltService('worker')]
    const { images, calls } = await runBuild(buildImage, { services })
    assert.deepEqual(images, { web: 'sha256:built', worker: 'sha256:built' })
    assert.deepEqual(calls.map((call) => call.get('t')).toSorted(), ['web:abc', 'worker:abc'])
    let first: ServerResponse | undefined
    const { failure } = await runBuild(
      (response) => {
        if (first) endWith(response, [{ error: 'no' }])
        else first = response
      },
      { services },
    )
    assert.equal(failure?.code, 'build_failed')
    // The two calls come in any order.
    assert.match(failure?.reason ?? '', /^the image of (?:web|worker) did not build/)
  })

  it('builds only services with a build section, without cache on request, and with labels that their build section cannot replace', async () => {
    const labels = { 'com.docker.compose.service': 'mine' }
    const services = [
      { ...createBuiltService('web'), build: { labels } },
      { ...createBuiltService('db'), isBuilt: false, build: null },
    ]
    const { images, calls } = await runBuild(buildImage, { services, noCache: true })
    assert.deepEqual([images, calls.length, calls[0]?.get('nocache')], [{ web: 'sha256:built' }, 1, 'true'])
    assert.equal(JSON.parse(calls[0]?.get('labels') ?? '')['com.docker.compose.service'], 'web')
  })
})

describe('compose', () => {
  it('builds if the engine refuses the call', async () => {
    const { images, composeBuilds, lines } = await runBuild(refuseBuild)
    assert.deepEqual([images, composeBuilds], [{ web: 'sha256:composed' }, 1])
    assert.match(lines[0] ?? '', /^compose builds instead of the engine: .*no BuildKit/)
  })

  it('builds if a file of the context was removed meanwhile', async () => {
    const beforeBuild = (folder: string) => rmSync(join(folder, 'page.html'))
    const { composeBuilds, thrown, calls } = await runBuild(() => {}, { beforeBuild })
    assert.deepEqual([composeBuilds, thrown, calls.length], [1, null, 0])
  })

  it('builds if two services have the same image name', async () => {
    const services = [createBuiltService('web'), { ...createBuiltService('worker'), image: 'web:latest' }]
    const { composeBuilds, calls } = await runBuild(buildImage, { services })
    assert.deepEqual([composeBuilds, calls.length], [1, 0])
  })
})

describe('the digest of the inputs', () => {
  for (const [builder, answerBuild] of [
    ['the engine', buildImage],
    ['compose', refuseBuild],
  ] as const)
    it(`is recorded for a build by ${builder} only if no file has changed meanwhile`, async () => {
      assert.equal((await runBuild(answerBuild)).hasDigest, true)
      const beforeBuild = (folder: string) => writeFileSync(join(folder, 'page.html'), 'y')
      const changed = await runBuild(answerBuild, { beforeBuild })
      assert.deepEqual([changed.thrown, changed.hasDigest], [null, false])
    })

  it('fails the deploy after one build if the check for changes fails', async () => {
    const refusal = Object.assign(new Error('broken'), { statusCode: 500 })
    const { calls, composeBuilds, thrown } = await runBuild(buildImage, { isUnchanged: () => Promise.reject(refusal) })
    assert.deepEqual([calls.length, composeBuilds, thrown], [1, 0, refusal])
  })
})

describe('a build', () => {
  it('fails when a step fails, and prints the reason last', async () => {
    const error = 'process "/bin/sh -c echo exit code: 9" did not complete successfully: exit code: 3'
    const { failure, lines, composeBuilds } = await runBuild((response) => endWith(response, [{ error }]))
    assert.deepEqual([failure?.code, failure?.brief, composeBuilds], ['build_failed', 'failed (exit 3)', 0])
    assert.equal(lines.at(-1), `failed to solve: ${error}`)
    assert.equal(failure?.reason, `the image of web did not build (exit 3): ${error}.`)
  })

  it('fails when compose fails or leaves no image', async () => {
    const { failure } = await runBuild((response) => endWith(response, []), { composeExit: 3 })
    assert.deepEqual([failure?.code, failure?.brief], ['build_failed', 'failed (exit 3)'])
    const { failure: missing } = await runBuild((response) => endWith(response, []), { hasImageAfterCompose: false })
    assert.equal(missing?.code, 'image_missing')
  })

  it('numbers the steps of all services in one row, so that each line of output belongs to one title', async () => {
    const { lines } = await runBuild(
      (response) => endWith(response, [...[createStep('first'), createStep('second')].map(statusEvent), imageEvent]),
      { services: [createBuiltService('web'), createBuiltService('worker')] },
    )
    const titles = lines.map((line) => /^#(\d+) \[(\w+)\] \w+$/.exec(line)?.slice(1) ?? [])
    assert.deepEqual(titles.map(([number]) => number).toSorted(), ['1', '2', '3', '4'])
    assert.deepEqual(titles.map(([, service]) => service).toSorted(), ['web', 'web', 'worker', 'worker'])
  })

  it('prints nothing more once another build has failed', async () => {
    const answers: ServerResponse[] = []
    const { lines } = await runBuild(
      (response) => {
        answers.push(response)
        if (answers.length === 2) sendEvents(response, [createStep('first'), createStep('second')].map(statusEvent))
      },
      {
        services: [createBuiltService('web'), createBuiltService('worker')],
        // The other build fails while the log accepts the first line of this one.
        async acceptLine(line) {
          const [other, own] = answers
          if (!other || !own || !line.startsWith('#1 ')) return
          endWith(other, [{ error: 'no' }])
          await once(own, 'close')
        },
      },
    )
    assert.equal(lines.length, 2)
    assert.match(lines.join('|'), /^#1 \[w\w+\] first\|failed to solve: no$/)
  })
})

/** Encodes a status in which a step of this name begins. */
function createStep(name: string): Uint8Array {
  return encodeMessage((pbf) =>
    writeMessage(pbf, 1, (vertex) => {
      vertex.writeStringField(1, name)
      vertex.writeStringField(3, name)
      writeMessage(vertex, 5, timestamp(1))
    }),
  )
}
