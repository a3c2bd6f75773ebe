// Tests three users who push at the same time.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Deploy } from '../../agent/protocol/messages.ts'
import type { Developer } from '../vm/developer.ts'
import type { HttpProbe } from './support/http-probe.ts'
import { createSite } from './support/site.ts'

const rounds = 3

const site = await createSite('concurrent-pushes')
const { ada, ben, cleo } = site
after(() => site.close())

for (const gapMs of [400, 800])
  describe(`while three users push ${gapMs} ms apart, ${rounds} times`, () => {
    let probe: HttpProbe

    before(async () => {
      await cleo.commitVersion(`before ${gapMs} ms`)
      await cleo.push({ options: ['quiet'] })
      probe = site.startProbe({ timeoutMs: 60_000 })
    })
    after(() => probe.stop())

    for (let round = 1; round <= rounds; round++)
      it(`the newest commit is live after round ${round}, and each output agrees with the record`, async () => {
        const commits = await createCommits([ada, ben, cleo], `${gapMs} ms, round ${round}`)
        const pushes = await Promise.all(commits.map((commit, index) => sleep(index * gapMs).then(() => push(commit))))
        const [deploys, { live, branch, running, waitingCount, drift }] = await Promise.all([
          site.history(),
          site.status(),
        ])
        // git refuses a push while another push has locked the branch.
        const newest = pushes.findLast(({ code }) => code === 0)
        assert.deepEqual([live?.revision, branch.tip], [newest?.revision, newest?.revision])
        assert.deepEqual([running, waitingCount, drift], [null, 0, []])
        assert.equal(await site.fetchVersion(), `${gapMs} ms, round ${round}, ${newest?.developer.person}`)
        for (const push of pushes) assertOutputIsTrue(push, deploys)
      })

    it('the deploys get consecutive numbers, and all of them end', async () => {
      const deploys = await site.history()
      assert.deepEqual(
        deploys.map(({ id }) => id),
        deploys.map((_, index) => deploys.length - index),
      )
      for (const { state } of deploys.slice(1)) assert.match(state, /^(was live|superseded)$/)
    })

    it('no request is refused, and only live versions are served', async (test) => {
      await probe.stop()
      const { failures, answerCount, versions, longestMs } = probe
      assert.deepEqual(failures, [])
      const deploys = await site.history()
      const live = new Set(deploys.filter(({ state }) => state !== 'superseded').map(({ subject }) => subject))
      for (const version of versions) assert.ok(live.has(`Version ${version}`), `${version} was never live`)
      test.diagnostic(`${answerCount} requests were answered, the slowest after ${longestMs} ms`)
    })
  })

interface Commit {
  developer: Developer
  revision: string
}

/** Gives each developer's commit the previous one as its parent, so that a later push contains the earlier. */
async function createCommits(developers: Developer[], version: string): Promise<Commit[]> {
  const commits: Commit[] = []
  let previous: Developer = cleo
  for (const developer of developers) {
    await developer.git('fetch', '-q', previous.directory, 'main')
    await developer.git('reset', '-q', '--hard', 'FETCH_HEAD')
    commits.push({ developer, revision: await developer.commitVersion(`${version}, ${developer.person}`) })
    previous = developer
  }
  return commits
}

type Push = Commit & { code: number; output: string }

async function push(commit: Commit): Promise<Push> {
  return { ...commit, ...(await commit.developer.push({ options: ['quiet'] })) }
}

/** Asserts that the output of a push agrees with the record of its deploy. */
function assertOutputIsTrue({ developer, revision, code, output }: Push, deploys: Deploy[]) {
  const own = deploys.find((deploy) => deploy.revision === revision)
  if (code !== 0) {
    assert.match(output, /rejected/)
    return assert.equal(own, undefined)
  }
  assert.ok(own, `${developer.person}'s push has no deploy:\n${output}`)
  assert.equal(own.by, developer.person)
  const next = deploys.find(({ id }) => id === own.supersededBy)
  const sentences = [`deploy ${own.id}  ${shortHash(own)} "Version `]
  if (next) sentences.push(`superseded by deploy ${next.id} (${shortHash(next)} by ${next.by}), which contains it`)
  sentences.push(`live: ${shortHash(next ?? own)} on port 80, `)
  for (const sentence of sentences) assert.ok(output.includes(sentence), `"${sentence}" is not in:\n${output}`)
  const others = deploys.filter(({ id }) => id !== (next ?? own).id)
  for (const other of others) assert.ok(!output.includes(`live: ${shortHash(other)}`), output)
}

const shortHash = ({ revision }: Deploy): string => revision.slice(0, 7)
