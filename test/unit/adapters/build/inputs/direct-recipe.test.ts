import assert from 'node:assert/strict'
import { linkSync, symlinkSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { DirectRecipe } from '../../../../../agent/adapters/build/inputs/direct-recipe.ts'
import { BuildSite, siteDockerfile } from '../../../support/build-site.ts'

describe('the engine', () => {
  it('builds directly from the Dockerfile and the files of the context', async () => {
    const [recipe] = (await readRecipes(new BuildSite())) ?? []
    const files = ['', '/lib', '/lib/a.js', '/link', '/server.js'].map((path) => `server${path}`)
    assert.deepEqual([recipe?.dockerfile, recipe?.args], ['Dockerfile', { LEVEL: '1' }])
    assert.deepEqual(recipe?.paths, ['Dockerfile', ...files])
  })

  for (const [title, change] of Object.entries<(site: BuildSite) => void>({
    'with a Dockerfile that is part of the context and copied': (site) => {
      site.write({ '.dockerignore': '.git\n', Dockerfile: `${siteDockerfile}COPY . /all\n` })
    },
    'with an excluded Dockerfile that is copied only from another stage': (site) => {
      site.write({ Dockerfile: `${siteDockerfile}COPY --from=0 . /x\nCOPY server/../server /y\n` })
    },
    'with an excluded Dockerfile and no bind mount': (site) => {
      site.write({ Dockerfile: `${siteDockerfile}RUN --mount=type=cache,target=/c make\n` })
    },
  }))
    it(`builds directly ${title}`, async () => {
      const site = new BuildSite()
      change(site)
      assert.ok(await readRecipes(site))
    })
})

describe('compose', () => {
  for (const [title, change] of Object.entries<(site: BuildSite) => void>({
    'with a large context': (site) => site.write({ 'server/data': Buffer.alloc(4_000_001).toString('latin1') }),
    'with a frontend from a registry': (site) =>
      site.write({ Dockerfile: `# syntax=docker/dockerfile:1\n${siteDockerfile}` }),
    'with an excluded Dockerfile and a source that leads over a link': (site) => {
      symlinkSync('..', site.path('server/all'))
      site.write({ Dockerfile: `${siteDockerfile}COPY server/all/x /\n` })
    },
    'with a hard link in the context': (site) => linkSync(site.path('server/server.js'), site.path('server/twin.js')),
    ...Object.fromEntries(
      [
        '*\n!apps/web\n!Dockerfile\n**/.env',
        '.git\n**/.env\n!apps',
        '*\n!apps\n**/.env\n!apps/web',
        '.git\napps/web\n!apps',
      ].map((patterns) => [
        `with a file that BuildKit excludes: ${patterns.replaceAll('\n', ' ')}`,
        (site: BuildSite) => site.write({ '.dockerignore': patterns, 'apps/web/.env': 'SECRET=1', 'apps/web/a': '' }),
      ]),
    ),
    'with a long name of the Dockerfile': (site) => {
      const name = 'd'.repeat(101)
      site.write({ [name]: siteDockerfile })
      site.build.dockerfile = name
    },
    'with a network in the build section': (site) => {
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
        `with an excluded Dockerfile and ${line}`,
        (site: BuildSite) => site.write({ Dockerfile: `${siteDockerfile}${line}\n` }),
      ]),
    ),
  }))
    it(`has to build ${title}`, async () => {
      const site = new BuildSite()
      change(site)
      assert.equal(await readRecipes(site), null)
    })
})

async function readRecipes(site: BuildSite): Promise<DirectRecipe[] | null> {
  const inputs = await site.readInputs()
  assert.ok(inputs)
  return inputs.recipes()
}
