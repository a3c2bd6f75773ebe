// What a change costs: by the agent, by the raw Docker steps, by the script that the agent replaces, in turn; and what
// it costs to go back.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ground } from './ground.ts'
import { inTurn, now, timed } from './measure.ts'
import { type Probes, probes } from './probes.ts'
import { difference, type Row, ratio, row } from './row.ts'

export async function changeRows(ground: Ground, rounds: number): Promise<Row[]> {
  using visits = probes(ground.site.vm.address)
  const releases = await released(ground, visits)
  const rawSteps = await readFile(join(import.meta.dirname, 'raw-steps.sh'), 'utf8')
  const found = await inTurn(
    {
      async agent() {
        await ground.taker('agent')
        const { version, revision } = await ground.change()
        releases.push({ version, revision })
        return pushed(ground, visits, version)
      },
      async rollback() {
        const before = releases.at(-2)
        if (!before) throw new Error('there is nothing to go back to')
        return rolledBack(ground, visits, before)
      },
      async raw() {
        await ground.taker('nobody')
        const { version, revision } = await ground.change()
        const push = await timed(() => ground.push())
        const steps = ground.site.vm.run(rawSteps.replaceAll('$1', revision), { timeoutMs: 120_000 })
        const [answered, { stdout }] = await Promise.all([visits.answered(version, 0), steps])
        return push + answered - Number(/^began (\d+)$/m.exec(stdout)?.[1])
      },
      async script() {
        await ground.taker('script')
        const { version } = await ground.change()
        return pushed(ground, visits, version)
      },
    },
    rounds,
  )
  await ground.taker('agent')
  return [
    row('one-line change', 'agent: push until the new revision answers', found.agent),
    row('one-line change', 'script: push until the new revision answers', found.script),
    row('one-line change', 'push without a hook, then the raw Docker steps until it answers', found.raw),
    difference('one-line change', 'agent less raw steps', found.agent, found.raw),
    ratio('one-line change', 'agent / script', found.agent, found.script, {
      reach: 0.6,
      label: 'a changed line, until it answers',
    }),
    row('rollback', 'command until the release before answers', found.rollback),
    ratio('rollback', "rollback / script's push", found.rollback, found.script, {
      reach: 0.45,
      label: 'back to the release before',
    }),
  ]
}

/** From the start of a push until its version answers; the push itself has ended, too. */
export async function pushed(ground: Ground, visits: Probes, version: string): Promise<number> {
  const began = now()
  const [answered] = await Promise.all([visits.answered(version, began), ground.push()])
  return answered - began
}

interface Made {
  version: string
  revision: string
}

async function rolledBack({ site: { vm } }: Ground, visits: Probes, { version, revision }: Made): Promise<number> {
  // When the command began is said by the machine itself: how one gets there is no part of it.
  const command = vm.run(`date +%s%3N; exec bptctl rollback ${revision}`, { as: 'ada', timeoutMs: 120_000 })
  const [answered, { stdout }] = await Promise.all([visits.answered(version, now()), command])
  return answered - Number(/^\d+/.exec(stdout)?.[0])
}

/** The first release that a rollback may go back to. */
async function released(ground: Ground, visits: Probes): Promise<Made[]> {
  const first = await ground.change()
  await pushed(ground, visits, first.version)
  return [first]
}

export async function readmeRows(ground: Ground, rounds: number): Promise<Row[]> {
  let texts = 0
  const push = async () => {
    await ground.site.ada.commit({ 'README.md': `Text ${++texts}.\n` }, 'Only words')
    return timed(() => ground.push())
  }
  const found = await inTurn(
    {
      async agent() {
        await ground.taker('agent')
        return push()
      },
      async script() {
        await ground.taker('script')
        return push()
      },
    },
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
  ]
}

export async function hookRows(ground: Ground, rounds: number): Promise<Row[]> {
  let branches = 0
  const push = () => timed(() => ground.push(`HEAD:refs/heads/stored-${++branches}`))
  const found = await inTurn(
    {
      async hook() {
        await ground.taker('agent')
        return push()
      },
      async bare() {
        await ground.taker('nobody')
        return push()
      },
    },
    // What is compared takes a tenth of a deploy's time and differs by little.
    rounds * 3,
  )
  await ground.taker('agent')
  return [
    row('nothing to deploy', 'git push with the hook', found.hook),
    row('nothing to deploy', 'git push without a hook', found.bare),
    difference('nothing to deploy', 'hook less no hook', found.hook, found.bare, { reach: 60 }),
  ]
}
