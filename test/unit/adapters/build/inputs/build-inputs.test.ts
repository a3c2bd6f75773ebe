// What a build is made from, of real files and an engine that only knows images.
import assert from 'node:assert/strict'
import { chmodSync, linkSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { type ImageInspector, readBuildInputs } from '../../../../../agent/adapters/build/inputs/build-inputs.ts'
import { FileHashes } from '../../../../../agent/adapters/build/inputs/file-hashes.ts'
import { createScratchFolder } from '../../../support/scratch.ts'
import { createService } from '../../../support/services.ts'

const dockerfile = `ARG BASE=node\nFROM \${BASE}:26 AS build\nCOPY server/ /server\nRUN make\nFROM scratch\nCOPY --from=build /x /\n`

describe('the inputs of a build are others', () => {
  for (const [what, change] of Object.entries<(site: Site) => void>({
    'when a file changes': (site) => site.write({ 'server/server.js': 'two' }),
    'when a file comes, tracked by git or not': (site) => site.write({ 'server/generated.json': '{}' }),
    'when a file goes': (site) => site.remove('server/lib/a.js'),
    'when a file moves': (site) => {
      site.remove('server/lib/a.js')
      site.write({ 'server/lib/b.js': 'a' })
    },
    'when a file may be executed': (site) => chmodSync(site.path('server/server.js'), 0o755),
    'when an empty folder comes': (site) => mkdirSync(site.path('server/empty')),
    'when a link points elsewhere': (site) => {
      site.remove('server/link')
      symlinkSync('lib', site.path('server/link'))
    },
    'when the Dockerfile changes': (site) => site.write({ Dockerfile: `${dockerfile}CMD ["x"]\n` }),
    'when .dockerignore lets more in': (site) => site.write({ '.dockerignore': '*\n!server\n!README.md\n' }),
    'when an argument changes': (site) => {
      site.build.args = { LEVEL: '2' }
    },
    'when the target changes': (site) => {
      site.build.target = 'build'
    },
    'when a base image has another id': (site) => {
      site.images['node:26'] = 'sha256:newer'
    },
    'when an argument chooses another base image': (site) => {
      site.build.args = { LEVEL: '1', BASE: 'deno' }
    },
  }))
    it(what, async () => {
      const site = new Site()
      const before = await site.inputs()
      change(site)
      const after = await site.inputs()
      assert.ok(before && after)
      assert.notEqual(after.digest, before.digest)
      assert.equal(await before.isUnchanged(), false)
    })
})

describe('the inputs of a build are the same', () => {
  for (const [what, change] of Object.entries<(site: Site) => void>({
    'when a file changes that .dockerignore leaves out': (site) => site.write({ 'README.md': 'Read this.' }),
    'when a folder changes that .dockerignore leaves out': (site) =>
      site.write({ 'server/node_modules/x/index.js': 'y', '.git/HEAD': 'z' }),
    'when a file only gets another time': (site) => utimesSync(site.path('server/server.js'), 1, 1),
  }))
    it(what, async () => {
      const site = new Site()
      const before = await site.inputs()
      change(site)
      assert.equal((await site.inputs())?.digest, before?.digest)
    })

  it('or others, but never fewer, where patterns bring back a part of what later ones take away', async () => {
    const site = new Site()
    // BuildKit sends server/lib here.
    site.write({ '.dockerignore': '*\n!server/lib\nserver\n' })
    const before = await site.inputs()
    site.write({ 'server/server.js': 'two' })
    assert.equal((await site.inputs())?.digest, before?.digest)
    site.write({ 'server/lib/a.js': 'b' })
    assert.notEqual((await site.inputs())?.digest, before?.digest)
  })

  it('but told to be touched when a file changed and changed back', async () => {
    const site = new Site()
    const before = await site.inputs()
    assert.equal(await before?.isUnchanged(), true)
    site.write({ 'server/server.js': 'two' })
    site.write({ 'server/server.js': 'one' })
    assert.equal((await site.inputs())?.digest, before?.digest)
    assert.equal(await before?.isUnchanged(), false)
  })
})

describe('the inputs of a build cannot be known', () => {
  for (const [what, change] of Object.entries<(site: Site) => void>({
    'without .dockerignore, where .git is part of the context': (site) => site.remove('.dockerignore'),
    'with a .dockerignore that leaves .git in': (site) => site.write({ '.dockerignore': 'README.md\n' }),
    'with patterns that not all read alike': (site) => site.write({ '.dockerignore': '*\n!server\na{b,c}\n' }),
    'with a context elsewhere': (site) => {
      site.build.context = 'https://example.org/repository.git'
    },
    'with a Dockerfile outside of the context': (site) => {
      site.build.context = site.path('server')
      site.build.dockerfile = '../Dockerfile'
    },
    'when there is no Dockerfile': (site) => site.remove('Dockerfile'),
    'with a base image that is not there': (site) => {
      delete site.images['node:26']
    },
    'with a base image that brings instructions': (site) => {
      site.triggers = ['ADD https://example.org/x /']
    },
    'with an engine that asks the registry first': (site) => {
      site.store = 'io.containerd.snapshotter.v1'
    },
    'with an argument of the environment': (site) => {
      site.build.args = { LEVEL: null }
    },
    'with an argument for the builder itself': (site) => {
      site.build.args = { BUILDKIT_SYNTAX: 'example.org/frontend' }
    },
    'with more files than are read quickly': (site) => {
      for (let n = 0; n < 2_001; n++) site.write({ [`server/${n}`]: '' })
    },
    'with a file that is larger than is read quickly': (site) =>
      site.write({ 'server/data': Buffer.alloc(32_000_001).toString('latin1') }),
  }))
    it(what, async () => {
      const site = new Site()
      change(site)
      assert.equal(await site.inputs(), null)
    })

  for (const key of ['additional_contexts', 'secrets', 'ssh', 'no_cache', 'pull', 'tags', 'platform', 'cache_to'])
    it(`with ${key} in the build section`, async () => {
      const site = new Site()
      site.build[key] = true
      assert.equal(await site.inputs(), null)
    })

  for (const line of [
    'ADD https://example.org/x /',
    'ADD git@example.org:x.git /',
    'ADD github.com/example/x /',
    'ADD $SOURCE /',
    'ADD --unpack=true x /',
    'RUN --mount=type=secret,id=x cat /run/secrets/x',
    'RUN --mount=type=ssh git fetch',
    'RUN --mount=from=node:27,target=/x make',
    'RUN --security=insecure make',
    'COPY --from=deno:1 /x /',
    'COPY --from=$OTHER /x /',
    'FROM --platform=linux/arm64 node:26',
    `FROM \${BASE:-node}:26`,
    'ARG A=1\nARG A=2\nFROM node:26',
    'ARG A\nFROM $A:26',
    `FROM \${TARGETARCH}/node:26`,
    'RUN <<END\nmake\nEND',
    'RUN make \\\n  copy x y',
    'RUN echo \\\\\nADD https://example.org/x /',
    'ONBUILD COPY . /',
    'INCLUDE other',
    '# escape=`',
    '# syntax=example.org/frontend',
  ])
    it(`with ${line.replaceAll('\n', ' | ')}`, async () => {
      const site = new Site()
      site.write({ Dockerfile: dockerfileWith(line) })
      assert.equal(await site.inputs(), null)
    })
})

describe('the inputs of a build are known', () => {
  for (const line of [
    '# syntax=docker/dockerfile:1.7',
    'ARG KIND="node"\nFROM $KIND:26',
    'RUN --mount=type=cache,target=/root/.npm --mount=type=tmpfs,target=/t --mount=source=.,target=/s npm ci',
    'COPY --chown=1:1 --chmod=755 ["server/a b", "/"]',
    'COPY --from=0 /x /',
    'ADD --chown=1:1 server/x.tar.gz /',
    'RUN apk add \\\n  # what it needs\n  make\n\nHEALTHCHECK --interval=5s CMD true',
  ])
    it(`with ${line.replaceAll('\n', ' | ')}`, async () => {
      const site = new Site()
      site.write({ Dockerfile: dockerfileWith(line) })
      assert.ok(await site.inputs())
    })

  it('of a context without .git, whatever git holds above it', async () => {
    const site = new Site()
    site.build.context = site.path('server')
    site.write({ 'server/Dockerfile': 'FROM node:26\nCOPY . /\n' })
    const before = await site.inputs()
    site.write({ '.git/HEAD': 'y', 'README.md': 'z' })
    assert.ok(before)
    assert.equal((await site.inputs())?.digest, before.digest)
  })

  it("and the Dockerfile's own .dockerignore counts instead of the context's", async () => {
    const site = new Site()
    site.write({ 'Dockerfile.dockerignore': '.git\nserver/lib\n' })
    const before = await site.inputs()
    site.write({ 'server/lib/a.js': 'changed' })
    assert.equal((await site.inputs())?.digest, before?.digest)
    site.write({ 'README.md': 'changed' })
    assert.notEqual((await site.inputs())?.digest, before?.digest)
  })
})

describe('a build is told to the engine', () => {
  it('with its files and its Dockerfile', async () => {
    const { recipes } = await known(new Site())
    const [recipe] = recipes() ?? []
    const files = ['', '/lib', '/lib/a.js', '/link', '/server.js'].map((path) => `server${path}`)
    assert.deepEqual([recipe?.dockerfile, recipe?.args], ['Dockerfile', { LEVEL: '1' }])
    assert.deepEqual(recipe?.paths, ['Dockerfile', ...files])
  })

  for (const [what, change] of Object.entries<(site: Site) => void>({
    'whose Dockerfile is part of the context and copied': (site) => {
      site.write({ '.dockerignore': '.git\n', Dockerfile: `${dockerfile}COPY . /all\n` })
    },
    'whose Dockerfile the context leaves out, beside one of a further stage': (site) => {
      site.write({ Dockerfile: `${dockerfile}COPY --from=0 . /x\nCOPY server/../server /y\n` })
    },
    'whose Dockerfile the context leaves out, with mounts of other kinds': (site) => {
      site.write({ Dockerfile: `${dockerfile}RUN --mount=type=cache,target=/c make\n` })
    },
  }))
    it(what, async () => {
      const site = new Site()
      change(site)
      assert.ok((await known(site)).recipes())
    })

  for (const [what, change] of Object.entries<(site: Site) => void>({
    'a large context': (site) => site.write({ 'server/data': Buffer.alloc(4_000_001).toString('latin1') }),
    'a frontend of its own': (site) => site.write({ Dockerfile: `# syntax=docker/dockerfile:1\n${dockerfile}` }),
    'a Dockerfile that the context leaves out, and a source over a link': (site) => {
      symlinkSync('..', site.path('server/all'))
      site.write({ Dockerfile: `${dockerfile}COPY server/all/x /\n` })
    },
    'a file of two names': (site) => linkSync(site.path('server/server.js'), site.path('server/twin.js')),
    ...Object.fromEntries(
      [
        '*\n!apps/web\n!Dockerfile\n**/.env',
        '.git\n**/.env\n!apps',
        '*\n!apps\n**/.env\n!apps/web',
        '.git\napps/web\n!apps',
      ].map((patterns) => [
        `a file that BuildKit leaves out: ${patterns.replaceAll('\n', ' ')}`,
        (site: Site) => site.write({ '.dockerignore': patterns, 'apps/web/.env': 'SECRET=1', 'apps/web/a': '' }),
      ]),
    ),
    'a Dockerfile of a long name': (site) => {
      const name = 'd'.repeat(101)
      site.write({ [name]: dockerfile })
      site.build.dockerfile = name
    },
    'a network of its own': (site) => {
      site.build.network = 'host'
    },
    ...Object.fromEntries(
      [
        'COPY . /all',
        'COPY ./ /all',
        'COPY Dockerfile /',
        'COPY * /',
        'COPY ../ /',
        'COPY server/../.. /',
        'COPY $ALL /',
        'ADD ["./", "/"]',
        'COPY [".","/all"]',
        'COPY --chown=1:1 [".","/all"]',
        'RUN --mount=target=/s make',
      ].map((line) => [
        `a Dockerfile that the context leaves out, and ${line}`,
        (site: Site) => site.write({ Dockerfile: `${dockerfile}${line}\n` }),
      ]),
    ),
  }))
    it(`by compose alone with ${what}`, async () => {
      const site = new Site()
      change(site)
      assert.equal((await known(site)).recipes(), null)
    })
})

async function known(site: Site) {
  const inputs = await site.inputs()
  assert.ok(inputs)
  return inputs
}

/** A directive comes first, and an ARG of a FROM before it. */
function dockerfileWith(line: string): string {
  if (line.startsWith('ARG')) return line
  return line.startsWith('#') ? `${line}\n${dockerfile}` : `${dockerfile}${line}\n`
}

class Site {
  readonly #root = createScratchFolder()
  readonly build: Record<string, unknown> = { context: this.#root, dockerfile: 'Dockerfile', args: { LEVEL: '1' } }
  readonly images: Record<string, string> = { 'node:26': 'sha256:node', 'deno:26': 'sha256:deno' }
  readonly #contents = new FileHashes()
  triggers: string[] | null = null
  store = 'overlay2'

  constructor() {
    this.write({
      Dockerfile: dockerfile,
      '.dockerignore': '*\n!server\nserver/node_modules\n',
      '.git/HEAD': 'x',
      'README.md': 'Read me.',
      'server/server.js': 'one',
      'server/lib/a.js': 'a',
      'server/node_modules/x/index.js': 'x',
    })
    symlinkSync('server.js', this.path('server/link'))
  }

  inputs() {
    const server = createService('server', { image: 'server:latest', build: this.build })
    return readBuildInputs(this.#docker(), this.#contents, [server])
  }

  write(files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(this.path(path)), { recursive: true })
      writeFileSync(this.path(path), text)
    }
  }

  remove(path: string): void {
    rmSync(this.path(path))
  }

  path(path: string): string {
    return join(this.#root, path)
  }

  #docker(): ImageInspector {
    const image = (name: string) => ({
      inspect: async () => {
        const id = this.images[name]
        if (!id) throw Object.assign(new Error('no such image'), { statusCode: 404 })
        return { Id: id, Config: { OnBuild: this.triggers } }
      },
    })
    return { getImage: image, info: async () => ({ DriverStatus: [['driver-type', this.store]] }) }
  }
}
