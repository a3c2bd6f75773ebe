import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { ProjectCache } from '../../../../../agent/adapters/compose/inputs/project-cache.ts'
import type { ComposeProject } from '../../../../../agent/interfaces/engine/compose-project.ts'
import { createScratchFolder } from '../../../support/scratch.ts'
import { createProject } from '../../../support/services.ts'

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
    write('compose.yml', 'services: {}')
    for (const name of ['compose.yaml', 'docker-compose.override.yml', '.env'])
      for (const content of ['A: 1', 'A: 2']) {
        write(name, content)
        assert.equal(await countResolved(), ++expected, `${name} holds ${content}`)
      }
  })

  it('compares the named compose file and no default file', async () => {
    const { write, countResolved } = createCache(['stack.yml'])
    write('stack.yml', 'services: {}')
    assert.equal(await countResolved(), 1)
    write('compose.yaml', 'services: {}')
    assert.equal(await countResolved(), 1)
    write('stack.yml', 'services: { web: {} }')
    assert.equal(await countResolved(), 2)
  })

  it('resolves each time where a file brings in files that it does not compare', async () => {
    for (const text of [
      'include: [a.yml]',
      'extends: web',
      'env_file: a',
      'label_file: a',
      'COMPOSE_FILE=a',
      'COMPOSE_ENV_FILES=a',
    ]) {
      const { write, countResolved } = createCache()
      write('compose.yaml', 'services: {}')
      write(text.includes('=') ? '.env' : 'compose.yaml', text)
      assert.equal(await countResolved(), 1, text)
      assert.equal(await countResolved(), 2, text)
    }
  })

  it('resolves each time while a variable of the agent names compose files', async () => {
    const { write, countResolved } = createCache([], { COMPOSE_FILE: 'a.yml' })
    write('compose.yaml', 'services: {}')
    assert.equal(await countResolved(), 1)
    assert.equal(await countResolved(), 2)
  })

  it('compares the files of variables that a variable of the agent names', async () => {
    const { write, countResolved } = createCache([], { COMPOSE_ENV_FILES: 'a.env,deploy/b.env' })
    write('compose.yaml', 'services: {}')
    assert.equal(await countResolved(), 1)
    assert.equal(await countResolved(), 1)
    write('deploy/b.env', 'A=1')
    assert.equal(await countResolved(), 2)
  })

  it('compares each named file, and the .env beside the first one', async () => {
    const { write, countResolved } = createCache(['deploy/stack.yml', 'more.yml'])
    write('deploy/stack.yml', 'services: {}')
    write('more.yml', 'services: {}')
    let expected = 1
    assert.equal(await countResolved(), expected)
    for (const name of ['deploy/stack.yml', 'more.yml', 'deploy/.env']) {
      write(name, 'A: 1')
      assert.equal(await countResolved(), ++expected, name)
    }
  })

  it('refuses a work tree without compose file, unless .env names one', async () => {
    const { write, countResolved } = createCache()
    await assert.rejects(countResolved(), /there is no compose file in /)
    write('.env', 'A=1\nexport COMPOSE_FILE=a.yml\n')
    assert.equal(await countResolved(), 1)
  })

  it('refuses a named file that is missing', async () => {
    const { write, countResolved } = createCache(['a.yml', 'b.yml'])
    write('a.yml', 'services: {}')
    await assert.rejects(countResolved(), /there is no b\.yml in .*stack\.file/)
  })

  it('resolves again after an update of compose', async () => {
    const settings = createScratchFolder()
    const plugin = join(settings, 'cli-plugins', 'docker-compose')
    mkdirSync(dirname(plugin))
    const { write, cache, countResolved } = createCache([], { DOCKER_CONFIG: settings })
    write('compose.yaml', 'services: {}')
    writeFileSync(plugin, 'one')
    assert.equal(await countResolved(), 1)
    writeFileSync(plugin, 'another')
    assert.notEqual(await cache.find(), null)
    assert.equal(await countResolved(), 2)
  })

  it('resolves again what a check-out changed meanwhile, and keeps no project for other files', async () => {
    const { workTree, write, cache } = createCache()
    write('compose.yaml', 'name: a')
    const readName = async () => readFileSync(join(workTree, 'compose.yaml'), 'utf8').slice('name: '.length)
    const project = await cache.get(async () => {
      const isFirst = (await readName()) === 'a'
      if (isFirst) write('compose.yaml', 'name: b')
      return { ...createProject([]), name: await readName() }
    })
    assert.equal(project.name, 'b')
    assert.equal(await cache.find(), project)
    write('compose.yaml', 'name: a')
    assert.equal(await cache.find(), null)
  })

  it('finds the project of files that are there again, after others were read or could not be', async () => {
    const { write, cache, countResolved } = createCache()
    write('compose.yaml', 'name: a')
    assert.equal(await cache.find(), null)
    await countResolved()
    const project = await cache.find()
    write('compose.yaml', 'name: b')
    assert.equal(await cache.find(), null)
    await countResolved()
    write('compose.yaml', 'name: a')
    assert.equal(await cache.find(), project)
    assert.equal(await countResolved(), 2)
  })

  it('resolves each time while an input cannot be read, even if the rest is known', async () => {
    const { workTree, write, countResolved } = createCache()
    write('compose.yaml', 'services: {}')
    assert.equal(await countResolved(), 1)
    // A folder stands for a file without rights: root reads every file.
    mkdirSync(join(workTree, '.env'))
    assert.equal(await countResolved(), 2)
    assert.equal(await countResolved(), 3)
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

function createCache(files: string[] = [], env: NodeJS.ProcessEnv = {}) {
  const workTree = createScratchFolder()
  const cache = new ProjectCache({ workTree, files, env })
  let resolved = 0
  return {
    workTree,
    cache,
    write(name: string, content: string) {
      mkdirSync(dirname(join(workTree, name)), { recursive: true })
      writeFileSync(join(workTree, name), content)
    },
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
