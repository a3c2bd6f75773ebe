import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  findMissingPlugin,
  missingPluginFailure,
  readComposeTools,
} from '../../../../../agent/adapters/compose/inputs/compose-tools.ts'
import { createScratchFolder } from '../../../support/scratch.ts'

describe('a plugin of docker', () => {
  it("is found in the folder of the user's settings, and in a folder that these name", async () => {
    const home = createScratchFolder()
    const [own, extra] = [join(home, '.docker/cli-plugins'), join(home, 'extra')]
    for (const folder of [own, extra]) mkdirSync(folder, { recursive: true })
    const find = (plugin: string) => findMissingPlugin(plugin as 'compose', { HOME: home })
    assert.match((await find('one'))?.reason ?? '', /^docker one is not installed for \w+, the agent's user\./)
    writeFileSync(join(own, 'docker-one'), '', { mode: 0o755 })
    writeFileSync(join(extra, 'docker-two'), '', { mode: 0o755 })
    writeFileSync(join(extra, 'docker-three'), '', { mode: 0o644 })
    writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ cliPluginsExtraDirs: [extra] }))
    assert.deepEqual([await find('one'), await find('two')], [null, null])
    assert.equal((await find('three'))?.code, 'plugin_missing')
  })

  it('is noticed after an update in a folder that the settings name', async () => {
    const home = createScratchFolder()
    const extra = join(home, 'extra')
    for (const folder of [extra, join(home, '.docker')]) mkdirSync(folder)
    writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ cliPluginsExtraDirs: [extra] }))
    writeFileSync(join(extra, 'docker-compose'), '1')
    const before = await readComposeTools({ HOME: home })
    assert.deepEqual(await readComposeTools({ HOME: home }), before)
    writeFileSync(join(extra, 'docker-compose'), 'an update')
    assert.notDeepEqual(await readComposeTools({ HOME: home }), before)
  })

  it('is missing if docker or compose says so', () => {
    for (const [plugin, words] of [
      ['compose', "docker: 'compose' is not a docker command."],
      ['compose', 'docker: unknown command: docker compose'],
      ['buildx', 'compose build requires buildx 0.17 or later'],
      ['buildx', 'ERROR: BuildKit is enabled but the buildx component is missing or broken.'],
    ] as const)
      assert.match(missingPluginFailure(`WARNING: x\n${words}\n`)?.reason ?? '', new RegExp(`^docker ${plugin} is not`))
    for (const line of ['#5 0.1 unknown flag: --ansi', '#5 0.1 this test requires buildx', '0.123 requires buildx'])
      assert.equal(missingPluginFailure(line), null)
  })
})
