// Tests the reuse of images: a deploy with the same build inputs as an earlier one takes its image instead of building.
import assert from 'node:assert/strict'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createSite } from './support/site.ts'

const site = await createSite('reuse')
const { vm, ada } = site
after(() => site.close())

const repositoryFolder = '/bpt/production/code'
const firstRevision = await ada.commitVersion('one')

before(async () => {
  assert.match((await ada.push()).output, /live: /)
})

describe('a push', () => {
  it('takes the existing image, builds nothing and interrupts no request if it changes only README.md', async () => {
    using probe = site.startProbe()
    const revision = await ada.commit({ 'README.md': 'Read me.\n' }, 'Tell what this is')
    const { output } = await ada.push()
    await probe.stop()
    assert.match(output, reuseMessage(1, firstRevision))
    assert.match(output, /live: /)
    assert.doesNotMatch(output, buildOutput)
    assert.equal(await imageOf(revision), await imageOf(firstRevision))
    assert.deepEqual([probe.versions, probe.failures], [['one'], []])
  })

  it('builds the image if it changes a file of the image', async () => {
    const revision = await ada.commitVersion('two')
    assert.match((await ada.push()).output, buildOutput)
    assert.notEqual(await imageOf(revision), await imageOf(firstRevision))
    assert.equal(await site.fetchVersion(), 'two')
  })

  it('takes the image of an earlier release if it reverts to the sources of that release', async () => {
    await ada.git('revert', '--no-edit', 'HEAD')
    const { output } = await ada.push()
    assert.match(output, reuseMessage(2, await ada.git('rev-parse', 'HEAD~2')))
    assert.doesNotMatch(output, buildOutput)
    assert.equal(await imageOf(await ada.head()), await imageOf(firstRevision))
    assert.equal(await site.fetchVersion(), 'one')
  })

  it('builds again if the image of the same sources has been removed', async () => {
    const revision = await ada.head()
    await ada.commitVersion('elsewhere')
    await ada.push()
    await vm.run(`docker rmi -f ${await imageOf(revision)}`)
    await ada.git('revert', '--no-edit', 'HEAD')
    assert.match((await ada.push()).output, buildOutput)
    assert.equal(await site.fetchVersion(), 'one')
  })

  for (const [input, file, change] of [
    ['the Dockerfile', 'Dockerfile', (text: string) => text.replace('CMD', 'LABEL changed=yes\nCMD')],
    ['.dockerignore', '.dockerignore', (text: string) => `${text}!NOTES.md\n`],
    [
      'a build argument',
      'docker-compose.yml',
      (text: string) => text.replace('build: .', 'build: {context: ., args: {A: b}}'),
    ],
    ['the mode of a file', 'server/server.js', null],
  ] as const)
    it(`builds the image if it changes ${input}`, async () => {
      await ada.commit(async (directory) => {
        const path = join(directory, file)
        if (change) await writeFile(path, change(await readFile(path, 'utf8')))
        else await chmod(path, 0o755)
      }, `Change ${input}`)
      const { output } = await ada.push()
      assert.match(output, buildOutput)
      assert.match(output, /live: /)
    })

  it('builds after an untracked file of the context has changed, and the next push takes that image', async () => {
    const readme = (text: string) => ada.commit({ 'README.md': text }, text)
    await readme('Nothing else')
    assert.doesNotMatch((await ada.push()).output, buildOutput)
    await vm.writeFile(`${repositoryFolder}/server/motd.txt`, 'Welcome')
    const revision = await readme('One more file')
    assert.match((await ada.push()).output, buildOutput)
    assert.equal((await vm.run('docker exec bpt-production cat motd.txt')).stdout, 'Welcome')
    await readme('The same file')
    assert.match((await ada.push()).output, reuseMessage((await site.history()).length - 1, revision))
    await vm.run(`rm ${repositoryFolder}/server/motd.txt`)
  })

  it('builds each time if the context contains .git', async () => {
    await ada.commit({ '.dockerignore': 'server/node_modules\n' }, 'Send all')
    assert.match((await ada.push()).output, buildOutput)
    await ada.commit({ 'README.md': 'Sent, too' }, 'Change what is sent')
    assert.match((await ada.push()).output, buildOutput)
  })
})

describe('bptctl deploy', () => {
  before(async () => {
    await ada.git('reset', '-q', '--hard', firstRevision)
    await ada.push({ force: true })
  })

  it('takes the existing image of a revision that is live already', async () => {
    const { stdout } = await vm.run('bptctl deploy -v main', { as: 'ada' })
    assert.match(stdout, / {2}build .* image of deploy \d+ \([0-9a-f]{7}\), same sources/)
  })

  it('builds without the cache with --no-cache, and the next push takes that image', async () => {
    const before = await imageOf(firstRevision)
    const { stdout } = await vm.run('bptctl deploy -v --no-cache main', { as: 'ada', timeoutMs: 120_000 })
    assert.match(stdout, buildOutput)
    assert.match(stdout, /RUN npm ci\n +#\d+ (?!CACHED)/)
    const image = await imageOf(firstRevision)
    assert.notEqual(image, before)
    const revision = await ada.commit({ 'README.md': 'After a build' }, 'After a build')
    assert.doesNotMatch((await ada.push()).output, buildOutput)
    assert.equal(await imageOf(revision), image)
  })
})

/** Matches a line that BuildKit prints in every build. */
const buildOutput = /#\d+ \[.*FROM/

function reuseMessage(deploy: number, revision: string): RegExp {
  return new RegExp(` build .* image of deploy ${deploy} \\(${revision.slice(0, 7)}\\), same sources`)
}

/** @returns the image id of a revision's tag. */
async function imageOf(revision: string): Promise<string> {
  return (await vm.run(`docker image inspect -f '{{.Id}}' bpt-server:${revision}`)).stdout.trim()
}
