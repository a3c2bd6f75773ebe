import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { readProjectOfTree } from '../../../../../agent/adapters/compose/inputs/project-of-tree.ts'
import { createScratchFolder } from '../../../support/scratch.ts'

const { signal } = new AbortController()

/** Plays compose: prints a project with the paths of the folder in which it runs, in which `tool` has another profile. */
const fakeDocker = `#!/bin/sh
case "$*" in
  *--format*) [ -e invalid ] && { echo "yaml: $PWD/compose.yaml: line 3" >&2; exit 15; }
    printf '{"name":"shop","services":{"web":{"profiles":["a"],"volumes":[{"type":"bind","source":"%s/conf"}]}}}' "$PWD" ;;
  *--hash*) printf 'web %s\\n' "$(cat | sha256sum | cut -c1-8)" ;;
  *--services*) printf 'web\\ntool\\n' ;;
esac
`

describe('the project of a copy of the files', () => {
  it('has the paths of the work tree, also in what compose makes hashes of', async () => {
    const site = createTree()
    const { project } = await site.read()
    const [web] = project.services
    assert.deepEqual(web?.contents, [{ kind: 'mount', name: '/srv/shop/conf', source: { path: '/srv/shop/conf' } }])
    assert.equal(web.configHash, (await createTree().read()).project.services[0]?.configHash)
  })

  it('keeps services of inactive profiles for compose, which would take their containers for orphans', async () => {
    const { inputs } = await createTree().read()
    const file: { services: object } = JSON.parse(readFileSync(inputs.files[0] ?? '', 'utf8'))
    assert.deepEqual(Object.keys(file.services), ['web', 'tool'])
    assert.equal(inputs.env.COMPOSE_PROFILES, 'bpt-active,a')
    assert.doesNotMatch(JSON.stringify(file), /root/)
  })

  it('names the paths of the work tree in failures', async () => {
    const site = createTree()
    writeFileSync(join(site.folder, 'invalid'), '')
    await assert.rejects(site.read(), {
      code: 'compose_invalid',
      message: /: yaml: \/srv\/shop\/compose\.yaml: line 3\. /,
    })
    const empty = createTree([])
    await assert.rejects(empty.read(), { code: 'compose_missing', reason: 'there is no compose file in /srv/shop.' })
  })
})

function createTree(files = ['compose.yaml']) {
  const scratch = createScratchFolder()
  const root = join(scratch, 'root')
  const folder = join(root, 'srv/shop')
  mkdirSync(folder, { recursive: true })
  mkdirSync(join(scratch, 'bin'))
  writeFileSync(join(scratch, 'bin/docker'), fakeDocker, { mode: 0o755 })
  for (const file of files) writeFileSync(join(folder, file), '')
  const inputs = { workTree: '/srv/shop', files: [], env: { PATH: `${scratch}/bin:${process.env.PATH}` } }
  return { folder, read: () => readProjectOfTree(inputs, root, async () => '2.26.1', { signal }) }
}
