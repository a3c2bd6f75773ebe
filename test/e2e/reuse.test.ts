// Builds that are not needed: the image of the same sources is taken.
import assert from 'node:assert/strict'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createSite } from './support/site.ts'

const site = await createSite('reuse')
const { vm, ada } = site
after(() => site.close())

const code = '/bpt/production/code'
const first = await ada.commitVersion('one')

before(async () => {
  assert.match((await ada.push()).output, /live: /)
})

describe('a push', () => {
  it('that changes only README.md takes the image that is there: nothing is built, and the site stays up', async () => {
    using probe = site.startProbe()
    const revision = await ada.commit({ 'README.md': 'Read me.\n' }, 'Tell what this is')
    const { output } = await ada.push()
    await probe.stop()
    assert.match(output, said(1, first))
    assert.match(output, /live: /)
    assert.doesNotMatch(output, built)
    assert.equal(await imageOf(revision), await imageOf(first))
    assert.deepEqual([probe.versions, probe.failures], [['one'], []])
  })

  it('that changes a file of the image builds', async () => {
    const revision = await ada.commitVersion('two')
    assert.match((await ada.push()).output, built)
    assert.notEqual(await imageOf(revision), await imageOf(first))
    assert.equal(await site.fetchVersion(), 'two')
  })

  it('that goes back to earlier sources takes the image of the release that had them', async () => {
    await ada.git('revert', '--no-edit', 'HEAD')
    const { output } = await ada.push()
    assert.match(output, said(2, await ada.git('rev-parse', 'HEAD~2')))
    assert.doesNotMatch(output, built)
    assert.equal(await imageOf(await ada.head()), await imageOf(first))
    assert.equal(await site.fetchVersion(), 'one')
  })

  it('builds when an image of the same sources is no longer there', async () => {
    const now = await ada.head()
    await ada.commitVersion('elsewhere')
    await ada.push()
    await vm.run(`docker rmi -f ${await imageOf(now)}`)
    await ada.git('revert', '--no-edit', 'HEAD')
    assert.match((await ada.push()).output, built)
    assert.equal(await site.fetchVersion(), 'one')
  })

  for (const [what, file, change] of [
    ['the Dockerfile', 'Dockerfile', (text: string) => text.replace('CMD', 'LABEL changed=yes\nCMD')],
    ['.dockerignore', '.dockerignore', (text: string) => `${text}!NOTES.md\n`],
    [
      'a build argument',
      'docker-compose.yml',
      (text: string) => text.replace('build: .', 'build: {context: ., args: {A: b}}'),
    ],
    ['what a file may', 'server/server.js', null],
  ] as const)
    it(`that changes ${what} builds`, async () => {
      await ada.commit(async (directory) => {
        const path = join(directory, file)
        if (change) await writeFile(path, change(await readFile(path, 'utf8')))
        else await chmod(path, 0o755)
      }, `Change ${what}`)
      const { output } = await ada.push()
      assert.match(output, built)
      assert.match(output, /live: /)
    })

  it('builds after an untracked file of the context changed, and then has that image for the next one', async () => {
    const readme = (text: string) => ada.commit({ 'README.md': text }, text)
    await readme('Nothing else')
    assert.doesNotMatch((await ada.push()).output, built)
    await vm.writeFile(`${code}/server/motd.txt`, 'Welcome')
    const revision = await readme('One more file')
    assert.match((await ada.push()).output, built)
    assert.equal((await vm.run('docker exec bpt-production cat motd.txt')).stdout, 'Welcome')
    await readme('The same file')
    assert.match((await ada.push()).output, said((await site.history()).length - 1, revision))
    await vm.run(`rm ${code}/server/motd.txt`)
  })

  it('builds each time when the context holds .git', async () => {
    await ada.commit({ '.dockerignore': 'server/node_modules\n' }, 'Send all')
    assert.match((await ada.push()).output, built)
    await ada.commit({ 'README.md': 'Sent, too' }, 'Change what is sent')
    assert.match((await ada.push()).output, built)
  })
})

describe('bptctl deploy', () => {
  before(async () => {
    await ada.git('reset', '-q', '--hard', first)
    await ada.push({ force: true })
  })

  it('takes the image, too, of a revision that is live already', async () => {
    const { stdout } = await vm.run('bptctl deploy -v main', { as: 'ada' })
    assert.match(stdout, / {2}build .* same sources as deploy \d+ \([0-9a-f]{7}\), its image is taken/)
  })

  it('--build builds without the cache, and the next push has that image', async () => {
    const before = await imageOf(first)
    const { stdout } = await vm.run('bptctl deploy -v --build main', { as: 'ada', timeoutMs: 120_000 })
    assert.match(stdout, built)
    assert.match(stdout, /RUN npm ci\n +#\d+ (?!CACHED)/)
    const image = await imageOf(first)
    assert.notEqual(image, before)
    const revision = await ada.commit({ 'README.md': 'After a build' }, 'After a build')
    assert.doesNotMatch((await ada.push()).output, built)
    assert.equal(await imageOf(revision), image)
  })
})

/** A line of BuildKit's. */
const built = /#\d+ \[.*FROM/

function said(deploy: number, revision: string): RegExp {
  return new RegExp(` build .* same sources as deploy ${deploy} \\(${revision.slice(0, 7)}\\), its image is taken`)
}

/** The image that a revision's tag names. */
async function imageOf(revision: string): Promise<string> {
  return (await vm.run(`docker image inspect -f '{{.Id}}' bpt-server:${revision}`)).stdout.trim()
}
