// Measures the rows of three developers who push as fast as they can: the newest commit must be live in the end, the
// site must always answer, and some deploys must run instead of being superseded.
import type { Developer } from '../../vm/developer.ts'
import { countReasons } from '../measure/count-reasons.ts'
import { endProgressLine, printProgressDot } from '../measure/progress.ts'
import { type BenchRow, valueRow } from '../report/bench-row.ts'
import type { BenchSite } from '../site/bench-site.ts'

const pushesPerDeveloper = 20

export async function measureConcurrentPushes({ site }: BenchSite): Promise<BenchRow[]> {
  const { ada, ben, cleo } = site
  await resetToProduction(ben)
  await resetToProduction(cleo)
  const lastId = (await site.history())[0]?.id ?? 0
  const probe = site.startProbe()
  const began = performance.now()
  const refusals = (await Promise.all([ada, ben, cleo].map(pushRepeatedly))).flat()
  await site.waitUntilIdle()
  endProgressLine()
  const seconds = (performance.now() - began) / 1000
  await probe.stop()
  const { live, branch, drift } = await site.status()
  const deploys = (await site.history()).filter(({ id }) => id > lastId)
  const released = deploys.filter(({ state }) => state === 'live' || state === 'was live')
  const failed = deploys.filter((deploy) => !released.includes(deploy) && deploy.state !== 'superseded')
  const isNewestLive = live?.revision === branch.tip
  const differences = isNewestLive ? drift : [`${live?.revision} is live, main is ${branch.tip}`, ...drift]
  // The parts that follow work with ada's clone.
  await resetToProduction(ada)

  const workload = `3 developers push ${pushesPerDeveloper} times each`
  return [
    valueRow(workload, 'differences to the newest commit at the end', differences.length, '', {
      target: 0,
      remarks: differences,
    }),
    valueRow(workload, 'failed requests', probe.failures.length, '', {
      target: 0,
      remarks: countReasons(probe.failures.map(({ reason }) => reason)),
    }),
    valueRow(workload, 'failed deploys', failed.length, '', {
      target: 0,
      remarks: failed.map(({ sentence }) => sentence),
    }),
    valueRow(workload, 'deploys that ran', released.length, '', {
      remarks: [`of ${deploys.length} in ${seconds.toFixed(0)} s; the others were superseded`],
    }),
    valueRow(workload, 'pushes refused by git', refusals.length, '', { remarks: countReasons(refusals) }),
  ]
}

async function resetToProduction(developer: Developer): Promise<void> {
  await developer.git('fetch', '-q', 'production', 'main')
  await developer.git('reset', '-q', '--hard', 'FETCH_HEAD')
}

/** Returns the reasons of refused pushes: git refuses a push while another one holds its lock on the branch. */
async function pushRepeatedly(developer: Developer): Promise<string[]> {
  const refusals: string[] = []
  for (let n = 1; n <= pushesPerDeveloper; n++) {
    await developer.commitVersion(`${developer.person} ${n}`)
    const { code, output } = await developer.push({ force: true, options: ['quiet'], timeoutMs: 180_000 })
    printProgressDot()
    if (code !== 0) refusals.push(/(?<=error: ).*(?= 'refs)/.exec(output)?.[0] ?? output)
  }
  return refusals
}
