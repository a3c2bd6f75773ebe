// Measures the rows of an app that ignores SIGTERM: a swap that waits for the old container waits the whole stop
// timeout of 10 s.
import { measureInTurns } from '../measure/turns.ts'
import { startVersionProbe } from '../measure/version-probe.ts'
import { type BenchRow, medianRow, ratioRow } from '../report/bench-row.ts'
import { handleSigterm, ignoreSigterm } from '../site/bench-app.ts'
import { type BenchSite, withReceiver } from '../site/bench-site.ts'
import { pushUntilAnswered } from './release-rows.ts'

export async function measureIgnoredSigterm(benchSite: BenchSite, rounds: number): Promise<BenchRow[]> {
  const { ada, vm } = benchSite.site
  await benchSite.setSwapStrategy('standby')
  await ada.commit(ignoreSigterm, 'Ignore SIGTERM')
  await benchSite.commitNewVersion()
  await benchSite.push()
  using probe = startVersionProbe(vm.address)
  const push = async () => pushUntilAnswered(benchSite, probe, (await benchSite.commitNewVersion()).version)
  // Each run takes more than 10 s, so that there are fewer of them, and none to warm up.
  const fewRounds = Math.max(2, Math.ceil(rounds / 3))
  const { agent, script } = await measureInTurns(
    { agent: withReceiver(benchSite, 'agent', push), script: withReceiver(benchSite, 'script', push) },
    fewRounds,
    0,
  )
  await benchSite.setPushReceiver('agent')
  await ada.commit(handleSigterm, 'Handle SIGTERM')
  await benchSite.commitNewVersion()
  await benchSite.push()
  await benchSite.setSwapStrategy('default')
  const workload = 'app that ignores SIGTERM'
  return [
    medianRow(workload, 'agent (standby): push until the new version answers', agent),
    medianRow(workload, 'script: push until the new version answers', script),
    ratioRow(workload, 'agent / script', agent, script, { target: 0.2, label: 'an app that ignores SIGTERM' }),
  ]
}
