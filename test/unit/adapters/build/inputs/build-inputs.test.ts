import assert from 'node:assert/strict'
import { chmodSync, cpSync, mkdirSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { BuildSite, siteDockerfile } from '../../../support/build-site.ts'
import { createScratchFolder } from '../../../support/scratch.ts'

describe('the digest of build inputs', () => {
  for (const [title, change] of Object.entries<(site: BuildSite) => void>({
    'if a file changes': (site) => site.write({ 'server/server.js': 'two' }),
    'if a file is added, even if git does not track it': (site) => site.write({ 'server/generated.json': '{}' }),
    'if a file is removed': (site) => site.remove('server/lib/a.js'),
    'if a file is renamed': (site) => {
      site.remove('server/lib/a.js')
      site.write({ 'server/lib/b.js': 'a' })
    },
    'if a file becomes executable': (site) => chmodSync(site.path('server/server.js'), 0o755),
    'if an empty folder is added': (site) => mkdirSync(site.path('server/empty')),
    'if a link gets another target': (site) => {
      site.remove('server/link')
      symlinkSync('lib', site.path('server/link'))
    },
    'if the Dockerfile changes': (site) => site.write({ Dockerfile: `${siteDockerfile}CMD ["x"]\n` }),
    'if .dockerignore includes more files': (site) => site.write({ '.dockerignore': '*\n!server\n!README.md\n' }),
    'if an argument changes': (site) => {
      site.build.args = { LEVEL: '2' }
    },
    'if the target changes': (site) => {
      site.build.target = 'build'
    },
    'if a base image gets another id': (site) => {
      site.images['node:26'] = 'sha256:newer'
    },
    'if an argument selects another base image': (site) => {
      site.build.args = { LEVEL: '1', BASE: 'deno' }
    },
  }))
    it(`changes ${title}`, async () => {
      const site = new BuildSite()
      const before = await site.readInputs()
      change(site)
      const after = await site.readInputs()
      assert.ok(before && after)
      assert.notEqual(after.digest, before.digest)
      assert.equal(await before.isUnchanged(), false)
    })
})

describe('the digest of build inputs', () => {
  for (const [title, change] of Object.entries<(site: BuildSite) => void>({
    'if an excluded file changes': (site) => site.write({ 'README.md': 'Read this.' }),
    'if an excluded folder changes': (site) => site.write({ 'server/node_modules/x/index.js': 'y', '.git/HEAD': 'z' }),
    'if only the time of a file changes': (site) => utimesSync(site.path('server/server.js'), 1, 1),
  }))
    it(`stays the same ${title}`, async () => {
      const site = new BuildSite()
      const before = await site.readDigest()
      change(site)
      assert.equal(await site.readDigest(), before)
    })

  it('stays the same if an excluded file changes beside a folder that an earlier exception includes', async () => {
    const site = new BuildSite()
    // BuildKit sends server/lib in spite of the last pattern.
    site.write({ '.dockerignore': '*\n!server/lib\nserver\n' })
    const before = await site.readDigest()
    site.write({ 'server/server.js': 'two' })
    assert.equal(await site.readDigest(), before)
    site.write({ 'server/lib/a.js': 'b' })
    assert.notEqual(await site.readDigest(), before)
  })

  it('stays the same if a file changes and changes back, but isUnchanged notices that', async () => {
    const site = new BuildSite()
    const before = await site.readInputs()
    assert.equal(await before?.isUnchanged(), true)
    site.write({ 'server/server.js': 'two' })
    site.write({ 'server/server.js': 'one' })
    assert.equal(await site.readDigest(), before?.digest)
    assert.equal(await before?.isUnchanged(), false)
  })

  it('stays the same if files outside of the context change', async () => {
    const site = new BuildSite()
    site.build.context = site.path('server')
    site.write({ 'server/Dockerfile': 'FROM node:26\nCOPY . /\n' })
    const before = await site.readDigest()
    site.write({ '.git/HEAD': 'y', 'README.md': 'z' })
    assert.ok(before)
    assert.equal(await site.readDigest(), before)
  })

  it("stays the same if a file changes that the Dockerfile's own .dockerignore excludes, which replaces the context's", async () => {
    const site = new BuildSite()
    site.write({ 'Dockerfile.dockerignore': '.git\nserver/lib\n' })
    const before = await site.readDigest()
    site.write({ 'server/lib/a.js': 'changed' })
    assert.equal(await site.readDigest(), before)
    site.write({ 'README.md': 'changed' })
    assert.notEqual(await site.readDigest(), before)
  })
})

describe('the digests of single services', () => {
  it('change with the own files, and with those of a service whose image they are built from', async () => {
    const site = new BuildSite()
    site.write({ 'base/Dockerfile': 'FROM node:26\nCOPY . /\n', 'base/a': '1' })
    site.write({ 'app/Dockerfile': 'FROM shop-base\n', 'other/Dockerfile': 'FROM node:26\n' })
    const readDigests = async (root?: string) =>
      (await site.readInputsOf(['base', 'app', 'other'], root))?.digests ?? {}
    const before = await readDigests()
    site.write({ 'base/a': '2' })
    const after = await readDigests()
    const changed = Object.keys(after).filter((name) => after[name] !== before[name])
    assert.deepEqual(changed, ['base', 'app'])
  })

  it('are the same for the same files below another root', async () => {
    const site = new BuildSite()
    site.write({ 'web/Dockerfile': 'FROM node:26\nCOPY . /\n', 'web/a': '1' })
    const root = createScratchFolder()
    cpSync(site.path(''), join(root, site.path('')), { recursive: true })
    const inPlace = await site.readInputsOf(['web'])
    site.write({ 'web/a': '2' })
    const copied = await site.readInputsOf(['web'], root)
    assert.ok(inPlace)
    assert.deepEqual([copied?.digest, copied?.digests], [inPlace.digest, inPlace.digests])
  })
})

describe('build inputs', () => {
  for (const [title, change] of Object.entries<(site: BuildSite) => void>({
    'without .dockerignore, if the context contains .git': (site) => site.remove('.dockerignore'),
    'with a .dockerignore that includes .git': (site) => site.write({ '.dockerignore': 'README.md\n' }),
    'with a pattern that versions of Docker read differently': (site) =>
      site.write({ '.dockerignore': '*\n!server\na{b,c}\n' }),
    'with a remote context': (site) => {
      site.build.context = 'https://example.org/repository.git'
    },
    'with a Dockerfile outside of the context': (site) => {
      site.build.context = site.path('server')
      site.build.dockerfile = '../Dockerfile'
    },
    'without a Dockerfile': (site) => site.remove('Dockerfile'),
    'with a base image that the engine does not have': (site) => {
      delete site.images['node:26']
    },
    'with a base image that has ONBUILD instructions': (site) => {
      site.onBuild = ['ADD https://example.org/x /']
    },
    "with containerd's image store, which asks the registry first": (site) => {
      site.storageDriver = 'io.containerd.snapshotter.v1'
    },
    'with an argument from the environment': (site) => {
      site.build.args = { LEVEL: null }
    },
    'with an argument for the builder itself': (site) => {
      site.build.args = { BUILDKIT_SYNTAX: 'example.org/frontend' }
    },
    'with more files than the limit': (site) => {
      for (let n = 0; n < 2_001; n++) site.write({ [`server/${n}`]: '' })
    },
    'with more bytes than the limit': (site) =>
      site.write({ 'server/data': Buffer.alloc(32_000_001).toString('latin1') }),
  }))
    it(`cannot be verified ${title}`, async () => {
      const site = new BuildSite()
      change(site)
      assert.equal(await site.readInputs(), null)
    })

  for (const key of ['additional_contexts', 'secrets', 'ssh', 'no_cache', 'pull', 'tags', 'platform', 'cache_to'])
    it(`cannot be verified with ${key} in the build section`, async () => {
      const site = new BuildSite()
      site.build[key] = true
      assert.equal(await site.readInputs(), null)
    })
})
