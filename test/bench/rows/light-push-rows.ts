// Pushes that need no new container: of words alone, and of what is not deployed at all.
import { emptyProgram } from '../measure/time-in-vm.ts'
import { inTurn, timed } from '../measure/turns.ts'
import { difference, type Row, ratio, row } from '../report/bench-row.ts'
import { by, type Ground } from '../site/bench-site.ts'

export async function readmeRows(ground: Ground, rounds: number): Promise<Row[]> {
  let texts = 0
  const push = async () => {
    await ground.site.ada.commit({ 'README.md': `Text ${++texts}.\n` }, 'Only words')
    return timed(() => ground.push())
  }
  const found = await inTurn(
    { agent: by(ground, 'agent', push), script: by(ground, 'script', push), bare: by(ground, 'nobody', push) },
    rounds,
  )
  await ground.taker('agent')
  return [
    row('README-only push', 'agent: git push', found.agent),
    row('README-only push', 'script: git push', found.script),
    ratio('README-only push', 'agent / script', found.agent, found.script, {
      reach: 0.3,
      label: 'a push of README.md alone',
    }),
    ratio('README-only push', 'least: git push without a hook / script', found.bare, found.script),
  ]
}

export async function hookRows(ground: Ground, rounds: number): Promise<Row[]> {
  let branches = 0
  const push = () => timed(() => ground.push(`HEAD:refs/heads/stored-${++branches}`))
  // What is compared takes a tenth of a deploy's time and differs by little.
  const node = await emptyProgram(ground.site.vm)
  const found = await inTurn({ hook: by(ground, 'agent', push), bare: by(ground, 'nobody', push), node }, rounds * 3)
  await ground.taker('agent')
  return [
    row('nothing to deploy', 'git push with the hook', found.hook),
    row('nothing to deploy', 'git push without a hook', found.bare),
    difference('nothing to deploy', 'hook less no hook', found.hook, found.bare, { reach: 60 }),
    row('nothing to deploy', 'least of a hook: the same Node, empty program', found.node),
  ]
}
