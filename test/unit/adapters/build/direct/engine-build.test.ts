import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import type { ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import { Failure } from '../../../../../agent/protocol/failure.ts'
import { endWith, imageEvent, runBuild, statusEvent } from '../../../support/build-engine.ts'

describe('a build by the engine', () => {
  it("is one call with compose's labels", async () => {
    const { images, calls, archives, composeBuilds } = await runBuild((response) => endWith(response, [imageEvent]))
    assert.deepEqual([images, composeBuilds], [{ web: 'sha256:built' }, 0])
    assert.deepEqual(archives.map(listArchive), [['Dockerfile', 'page.html']])
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

  for (const [answer, answerBuild] of [
    ['ends without an image', (response: ServerResponse) => endWith(response, [])],
    ['is not JSON', (response: ServerResponse) => response.end(Buffer.from([0xff, 0xfe, 10]))],
    [
      'has a status that is not protobuf',
      (response: ServerResponse) => endWith(response, [statusEvent(Buffer.from([0x0a, 0xff]))]),
    ],
  ] as const)
    it(`is repeated by compose if the engine's answer ${answer}`, async () => {
      const { images, lines } = await runBuild(answerBuild)
      assert.deepEqual(images, { web: 'sha256:composed' })
      assert.match(lines.at(-1) ?? '', /^compose builds instead of the engine: /)
    })

  it('fails when the connection breaks', async () => {
    const { thrown } = await runBuild((response) => {
      response.write('{"id": "moby', () => response.destroy())
    })
    assert.ok(thrown instanceof Error && 'code' in thrown)
    assert.equal(thrown.code, 'ECONNRESET')
  })

  it('fails with the reason of the signal', async () => {
    const stop = new AbortController()
    const reason = Failure.of('cancelled', { by: 'ada', step: 'build' })
    const { thrown } = await runBuild((response) => void response.write('\n', () => stop.abort(reason)), { stop })
    assert.equal(thrown, reason)
  })
})

function listArchive(archive: Buffer): string[] {
  const { stdout } = spawnSync('tar', ['--list'], { input: archive, encoding: 'utf8' })
  return stdout.trim().split('\n')
}
