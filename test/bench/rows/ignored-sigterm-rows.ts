// An app that ignores SIGTERM: a swap that waits for the old container waits the whole grace of 10 seconds.
import { inTurn } from '../measure/turns.ts'
import { probes } from '../measure/version-probe.ts'
import { type Row, ratio, row } from '../report/bench-row.ts'
import { politeAgain, stubbornApp } from '../site/bench-app.ts'
import { by, type Ground } from '../site/bench-site.ts'
import { pushed } from './change-rows.ts'

export async function stubbornRows(ground: Ground, rounds: number): Promise<Row[]> {
  const { ada } = ground.site
  await ground.strategy('standby')
  await ada.commit(stubbornApp, 'Ignore SIGTERM')
  await ground.change()
  await ground.push()
  using visits = probes(ground.site.vm.address)
  const push = async () => pushed(ground, visits, (await ground.change()).version)
  // Each costs the grace, whoever swaps, so that there are few of them.
  const turns = Math.max(2, Math.ceil(rounds / 3))
  const found = await inTurn({ agent: by(ground, 'agent', push), script: by(ground, 'script', push) }, turns, 0)
  await ground.taker('agent')
  await ada.commit(politeAgain, 'Heed SIGTERM')
  await ground.change()
  await ground.push()
  await ground.strategy('usual')
  return [
    row('app that ignores SIGTERM', 'agent (standby): push until the new revision answers', found.agent),
    row('app that ignores SIGTERM', 'script: push until the new revision answers', found.script),
    ratio('app that ignores SIGTERM', 'agent / script', found.agent, found.script, {
      reach: 0.2,
      label: 'an app that ignores SIGTERM',
    }),
  ]
}
