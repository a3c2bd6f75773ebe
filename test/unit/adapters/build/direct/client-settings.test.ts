import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { endWith, imageEvent, runBuild } from '../../../support/build-engine.ts'

const buildImage = (response: Parameters<typeof endWith>[0]) => endWith(response, [imageEvent])

describe("settings of Docker's clients", () => {
  for (const [setting, file, content] of [
    ['proxies', '.docker/config.json', '{"proxies": {}}'],
    ['a builder', '.docker/buildx/current', '{"Name": "farm"}'],
    ['a platform', '.env', 'LEVEL=1\nDOCKER_DEFAULT_PLATFORM=linux/arm64\n'],
    ['a builder in the .env file', '.env', 'export BUILDX_BUILDER=farm\n'],
    ['a way of building by compose', '.env', 'COMPOSE_BAKE=true\n'],
    ['a compose file in another folder', '.env', 'COMPOSE_FILE=a.yml:deploy/b.yml\n'],
    ['a time for all files', '.env', 'SOURCE_DATE_EPOCH=0\n'],
  ] as const)
    it(`make compose build if they have ${setting}`, async () => {
      const { calls, composeBuilds } = await runBuild(buildImage, { files: { [file]: content } })
      assert.deepEqual([calls.length, composeBuilds], [0, 1])
    })

  it('let the engine build if they only have passwords, or variables that choose what compose reads', async () => {
    const files = {
      '.docker/config.json': '{"auths": {}}',
      '.docker/buildx/current': '{"Key": "unix:///var/run/docker.sock", "Name": ""}',
      '.env': 'LEVEL=1\nCOMPOSE_FILE=a.yml:b.yml\nCOMPOSE_PROFILES=more\nCOMPOSE_PROJECT_NAME=shop\n',
    }
    const { composeBuilds } = await runBuild(buildImage, { files })
    assert.equal(composeBuilds, 0)
  })
})
