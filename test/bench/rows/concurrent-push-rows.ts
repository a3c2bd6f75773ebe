// Three users push as fast as they can: the newest is live in the end, the site was never down, and not all the while
// one deploy gave way to the next.
import type { Developer } from '../../vm/developer.ts'
import { counted } from '../measure/count-reasons.ts'
import { lineEnd, tick } from '../measure/turns.ts'
import { amount, type Row } from '../report/bench-row.ts'
import type { Ground } from '../site/bench-site.ts'

const pushes = 20

export async function crowdRows({ site }: Ground): Promise<Row[]> {
  const { ada, ben, cleo } = site
  for (const other of [ben, cleo]) {
    await other.git('fetch', '-q', 'production', 'main')
    await other.git('reset', '-q', '--hard', 'FETCH_HEAD')
  }
  const before = (await site.history())[0]?.id ?? 0
  const visitor = site.startProbe()
  const began = performance.now()
  const refused = (await Promise.all([ada, ben, cleo].map(busy))).flat()
  await site.waitUntilIdle()
  lineEnd()
  const seconds = (performance.now() - began) / 1000
  await visitor.stop()
  const { live, branch, drift } = await site.status()
  const deploys = (await site.history()).filter(({ id }) => id > before)
  const failed = deploys.filter(({ state }) => !['live', 'was live', 'superseded'].includes(state))
  const ran = deploys.filter(({ state }) => state === 'live' || state === 'was live')
  const wrong = live?.revision === branch.tip ? drift : [`${live?.revision} is live, main is ${branch.tip}`, ...drift]
  // ada goes on from what is live.
  await ada.git('fetch', '-q', 'production', 'main')
  await ada.git('reset', '-q', '--hard', 'FETCH_HEAD')

  const work = `3 users push ${pushes} times`
  return [
    amount(work, 'the newest is not live', wrong.length, '', { reach: 0, remarks: wrong }),
    amount(work, 'visits without an answer', visitor.failures.length, '', {
      reach: 0,
      remarks: counted(visitor.failures.map(({ reason }) => reason)),
    }),
    amount(work, 'deploys that failed', failed.length, '', {
      reach: 0,
      remarks: failed.map(({ sentence }) => sentence),
    }),
    amount(work, 'deploys that really ran', ran.length, '', {
      remarks: [`of ${deploys.length} in ${seconds.toFixed(0)} s; the others gave way to newer ones`],
    }),
    amount(work, 'pushes that git refused', refused.length, '', { remarks: counted(refused) }),
  ]
}

/** Why pushes were refused: git itself refuses one that meets another's lock on the branch. */
async function busy(one: Developer): Promise<string[]> {
  const refused: string[] = []
  for (let n = 1; n <= pushes; n++) {
    await one.commitVersion(`${one.person} ${n}`)
    const { code, output } = await one.push({ force: true, options: ['quiet'], timeoutMs: 180_000 })
    tick()
    if (code !== 0) refused.push(/(?<=error: ).*(?= 'refs)/.exec(output)?.[0] ?? output)
  }
  return refused
}
