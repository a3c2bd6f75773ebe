import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ProjectCache } from '../../../../agent/adapters/compose/project-cache.ts'
import type { ComposeProject } from '../../../../agent/interfaces/engine/compose-project.ts'
import { createScratchFolder } from '../../support/scratch.ts'

describe('the cache of the compose project', () => {
  it('resolves unchanged files once', async () => {
    const { write, countResolved } = createCache()
    write('compose.yaml', 'services: {}')
    assert.equal(await countResolved(), 1)
    assert.equal(await countResolved(), 1)
  })

  it('resolves again when the compose file, its override or .env appears or changes', async () => {
    const { write, countResolved } = createCache()
    let expected = 0
    for (const name of ['compose.yaml', 'docker-compose.override.yml', '.env'])
      for (const content of ['A: 1', 'A: 2']) {
        write(name, content)
        assert.equal(await countResolved(), ++expected, `${name} holds ${content}`)
      }
  })

  it('compares the named compose file and no default file', async () => {
    const { write, countResolved } = createCache('stack.yml')
    write('stack.yml', 'services: {}')
    assert.equal(await countResolved(), 1)
    write('compose.yaml', 'services: {}')
    assert.equal(await countResolved(), 1)
    write('stack.yml', 'services: { web: {} }')
    assert.equal(await countResolved(), 2)
  })

  it('resolves each time where a file brings in files that it does not compare', async () => {
    for (const text of ['include: [a.yml]', 'extends: web', 'env_file: a', 'label_file: a', 'COMPOSE_FILE=a']) {
      const { write, countResolved } = createCache()
      write(text.includes('=') ? '.env' : 'compose.yaml', text)
      assert.equal(await countResolved(), 1, text)
      assert.equal(await countResolved(), 2, text)
    }
  })

  it('keeps nothing of a file that could not be resolved', async () => {
    const { write, cache, countResolved } = createCache()
    write('compose.yaml', 'services: {}')
    await assert.rejects(
      cache.get(() => Promise.reject(new Error('not valid'))),
      /not valid/,
    )
    assert.equal(await countResolved(), 1)
  })
})

function createCache(file?: string) {
  const composeFolder = createScratchFolder()
  const cache = new ProjectCache(composeFolder, file)
  let resolved = 0
  return {
    cache,
    write: (name: string, content: string) => writeFileSync(join(composeFolder, name), content),
    /** Reads the project, and returns how often it was resolved so far. */
    async countResolved(): Promise<number> {
      await cache.get(async () => {
        resolved++
        return {} as ComposeProject
      })
      return resolved
    },
  }
}
