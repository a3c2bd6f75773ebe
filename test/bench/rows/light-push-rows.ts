// Measures the rows of pushes that need no new container: a change of README.md only, and a branch that is not
// deployed.
import { emptyProgramTimer } from '../measure/time-in-vm.ts'
import { measureInTurns, measureMs } from '../measure/turns.ts'
import { type BenchRow, differenceRow, medianRow, ratioRow } from '../report/bench-row.ts'
import { type BenchSite, withReceiver } from '../site/bench-site.ts'

export async function measureReadmePushes(benchSite: BenchSite, rounds: number): Promise<BenchRow[]> {
  let count = 0
  const push = async () => {
    await benchSite.site.ada.commit({ 'README.md': `Text ${++count}.\n` }, 'Change the README')
    return measureMs(() => benchSite.push())
  }
  const { agent, script, none } = await measureInTurns(
    {
      agent: withReceiver(benchSite, 'agent', push),
      script: withReceiver(benchSite, 'script', push),
      none: withReceiver(benchSite, 'none', push),
    },
    rounds,
  )
  await benchSite.setPushReceiver('agent')
  return [
    medianRow('README-only push', 'agent: git push', agent),
    medianRow('README-only push', 'script: git push', script),
    ratioRow('README-only push', 'agent / script', agent, script, {
      target: 0.3,
      label: 'a push of README.md only',
    }),
    ratioRow('README-only push', 'lower bound: git push without a hook / script', none, script),
  ]
}

export async function measureHook(benchSite: BenchSite, rounds: number): Promise<BenchRow[]> {
  let count = 0
  const push = () => measureMs(() => benchSite.push(`HEAD:refs/heads/stored-${++count}`))
  const candidates = {
    hook: withReceiver(benchSite, 'agent', push),
    none: withReceiver(benchSite, 'none', push),
    emptyProgram: await emptyProgramTimer(benchSite.site.vm),
  }
  // The candidates are fast and differ by little, so that they need more rounds.
  const { hook, none, emptyProgram } = await measureInTurns(candidates, rounds * 3)
  await benchSite.setPushReceiver('agent')
  return [
    medianRow('push of another branch', 'git push with the hook', hook),
    medianRow('push of another branch', 'git push without a hook', none),
    differenceRow('push of another branch', 'with the hook minus without', hook, none, { target: 60 }),
    medianRow('push of another branch', 'lower bound of the hook: the same Node, empty program', emptyProgram),
  ]
}
