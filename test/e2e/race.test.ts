import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as later } from 'node:timers/promises'
import type { Deploy } from '../../agent/protocol/messages.ts'
import type { Developer } from '../vm/developer.ts'
import type { HttpProbe } from './support/http-probe.ts'
import { createSite } from './support/site.ts'

const rounds = 6

const site = await createSite('race')
const { ada, ben, cleo } = site
after(() => site.close())

for (const gap of [400, 800])
  describe(`three users who push ${gap} ms apart, ${rounds} times`, () => {
    let probe: HttpProbe

    before(async () => {
      await cleo.commitVersion(`before ${gap} ms`)
      await cleo.push({ options: ['quiet'] })
      probe = site.startProbe({ timeoutMs: 60_000 })
    })
    after(() => probe.stop())

    for (let round = 1; round <= rounds; round++)
      it(`round ${round}: the newest commit is live, and each was told the truth`, async () => {
        const chain = await commits([ada, ben, cleo], `${gap} ms, round ${round}`)
        const told = await Promise.all(chain.map((commit, index) => later(index * gap).then(() => push(commit))))
        const [deploys, { live, branch, running, waitingCount, drift }] = await Promise.all([
          site.history(),
          site.status(),
        ])
        // git itself refuses a push that meets another one's lock on the branch.
        const newest = told.findLast(({ code }) => code === 0)
        assert.deepEqual([live?.revision, branch.tip], [newest?.revision, newest?.revision])
        assert.deepEqual([running, waitingCount, drift], [null, 0, []])
        assert.equal(await site.fetchVersion(), `${gap} ms, round ${round}, ${newest?.of.person}`)
        for (const one of told) isTrue(one, deploys)
      })

    it('the numbers of the deploys have no hole, and all of them have ended', async () => {
      const deploys = await site.history()
      assert.deepEqual(
        deploys.map(({ id }) => id),
        deploys.map((_, index) => deploys.length - index),
      )
      for (const { state } of deploys.slice(1)) assert.match(state, /^(was live|superseded)$/)
    })

    it('the site refused nobody, and showed only what was live', async (test) => {
      await probe.stop()
      const { failures, answerCount, versions, longestMs } = probe
      assert.deepEqual(failures, [])
      const deploys = await site.history()
      const live = new Set(deploys.filter(({ state }) => state !== 'superseded').map(({ subject }) => subject))
      for (const version of versions) assert.ok(live.has(`Version ${version}`), `${version} was never live`)
      test.diagnostic(`${answerCount} visits were answered, the slowest after ${longestMs} ms`)
    })
  })

interface Commit {
  of: Developer
  revision: string
}

/** A commit of each, on top of that of the one before: whoever pushes later has what was pushed earlier. */
async function commits(developers: Developer[], version: string): Promise<Commit[]> {
  const made: Commit[] = []
  let last: Developer = cleo
  for (const of of developers) {
    await of.git('fetch', '-q', last.directory, 'main')
    await of.git('reset', '-q', '--hard', 'FETCH_HEAD')
    made.push({ of, revision: await of.commitVersion(`${version}, ${of.person}`) })
    last = of
  }
  return made
}

type Told = Commit & { code: number; output: string }

async function push(commit: Commit): Promise<Told> {
  return { ...commit, ...(await commit.of.push({ options: ['quiet'] })) }
}

/** What a pusher read is what is recorded. */
function isTrue({ of, revision, code, output }: Told, deploys: Deploy[]) {
  const own = deploys.find((deploy) => deploy.revision === revision)
  if (code !== 0) {
    assert.match(output, /rejected/)
    return assert.equal(own, undefined)
  }
  assert.ok(own, `${of.person}'s push has no deploy:\n${output}`)
  assert.equal(own.by, of.person)
  const next = deploys.find(({ id }) => id === own.supersededBy)
  const seen = [`deploy ${own.id}  ${short(own)} "Version `]
  if (next) seen.push(`superseded by deploy ${next.id} (${short(next)} by ${next.by}), which contains it`)
  seen.push(`live: ${short(next ?? own)} on port 80, `)
  for (const sentence of seen) assert.ok(output.includes(sentence), `"${sentence}" is not in:\n${output}`)
  const others = deploys.filter(({ id }) => id !== (next ?? own).id)
  for (const other of others) assert.ok(!output.includes(`live: ${short(other)}`), output)
}

const short = ({ revision }: Deploy): string => revision.slice(0, 7)
