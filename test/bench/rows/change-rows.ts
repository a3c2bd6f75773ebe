// What a change costs: by the agent, by the raw Docker steps, by the script that the agent replaces, in turn; and what
// it costs to go back.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Figure, figure, inTurn, now, timed } from '../measure/turns.ts'
import { type Probes, probes } from '../measure/version-probe.ts'
import { copyProgram } from '../measure/vm-program.ts'
import { difference, type Row, ratio, row } from '../report/bench-row.ts'
import { by, type Ground } from '../site/bench-site.ts'

export async function changeRows(ground: Ground, rounds: number): Promise<Row[]> {
  const { vm } = ground.site
  using visits = probes(vm.address)
  const rawSteps = await readFile(join(import.meta.dirname, '../in-vm/docker-steps.sh'), 'utf8')
  const minimalDeploy = await copyProgram(vm, 'minimal-deploy.ts')
  /** Of all rounds, the one that warms up first. */
  const swaps: number[] = []
  const found = await inTurn(
    {
      ...(await releasing(ground, visits)),
      raw: by(ground, 'nobody', async () => {
        const { version, revision } = await ground.change()
        const push = await timed(() => ground.push())
        const steps = vm.run(rawSteps.replaceAll('$1', revision), { timeoutMs: 120_000 })
        const [answered, { stdout }] = await Promise.all([visits.answered(version, 0), steps])
        return push + answered - Number(/^began (\d+)$/m.exec(stdout)?.[1])
      }),
      floor: by(ground, 'nobody', async () => {
        const { revision } = await ground.change()
        const push = await timed(() => ground.push())
        const { all, swap } = JSON.parse((await vm.run(`${minimalDeploy} ${revision}`)).stdout)
        swaps.push(swap)
        return push + all
      }),
    },
    rounds,
  )
  await ground.taker('agent')
  return [
    ...compared('hold', found),
    row('one-line change', 'push without a hook, then the raw Docker steps until it answers', found.raw),
    difference('one-line change', 'agent less raw steps', found.agent, found.raw),
    row('one-line change', 'least of one instance: push without a hook, build, stop and start by the API', found.floor),
    ratio('one-line change', 'least of one instance / script', found.floor, found.script),
    ratio(
      'rollback',
      "least of one instance: stop and start by the API / script's push",
      figure(swaps.slice(1)),
      found.script,
    ),
  ]
}

/** The same where a second instance serves while the first one is replaced. */
export async function standbyRows(ground: Ground, rounds: number): Promise<Row[]> {
  await ground.strategy('standby')
  using visits = probes(ground.site.vm.address)
  const found = await inTurn(await releasing(ground, visits), rounds)
  await ground.taker('agent')
  await ground.strategy('usual')
  return compared('standby', found)
}

type Releasing = 'agent' | 'rollback' | 'script'

/** Who brings another version live. */
async function releasing(ground: Ground, visits: Probes): Promise<Record<Releasing, () => Promise<number>>> {
  const releases = await released(ground, visits)
  return {
    agent: by(ground, 'agent', async () => {
      const { version, revision } = await ground.change()
      releases.push({ version, revision })
      return pushed(ground, visits, version)
    }),
    async rollback() {
      const before = releases.at(-2)
      if (!before) throw new Error('there is nothing to go back to')
      return rolledBack(ground, visits, before)
    },
    script: by(ground, 'script', async () => {
      const { version } = await ground.change()
      return pushed(ground, visits, version)
    }),
  }
}

function compared(strategy: string, found: Record<Releasing, Figure>): Row[] {
  const [change, back] = [`one-line change, ${strategy}`, `rollback, ${strategy}`]
  return [
    row(change, 'agent: push until the new revision answers', found.agent),
    row(change, 'script: push until the new revision answers', found.script),
    ratio(change, 'agent / script', found.agent, found.script, {
      reach: 0.6,
      label: `a changed line, ${strategy}`,
    }),
    row(back, 'command until the release before answers', found.rollback),
    ratio(back, "rollback / script's push", found.rollback, found.script, {
      reach: 0.45,
      label: `back to the release before, ${strategy}`,
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
