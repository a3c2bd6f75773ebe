// npm run faults: injects faults into a site again and again, and checks after each that nothing was lost.
// Options: --seed N, --minutes N, --count N, --boundaries (a kill at each boundary once), --mutants (each must be caught),
// --only TEXT (rounds whose line includes it), --strategy hold|standby|plain, --stack NAME (instead of all in turn),
// --keep (the VM stays), --markdown.
import { parseArgs } from 'node:util'
import { boundaryRounds, fullDiskRounds, randomRounds } from './faults/fault-schedule.ts'
import { RandomSource } from './faults/random-source.ts'
import { tryMutants } from './mutants/try-mutants.ts'
import { createSiteWithReleases, runFaults } from './run/fault-run.ts'
import { RunStatistics } from './run/statistics.ts'
import { allStacks, referenceStack } from './stacks/all-stacks.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '45' },
    count: { type: 'string', default: '100000' },
    only: { type: 'string' },
    stack: { type: 'string' },
    strategy: { type: 'string', default: 'hold' },
    boundaries: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
  },
})

const seed = Number(values.seed)
const random = new RandomSource(seed)
process.exitCode = (values.mutants ? await catchesMutants() : await survivesFaults()) ? 0 : 1

async function catchesMutants(): Promise<boolean> {
  const state = await createSiteWithReleases('faults', random)
  await using _ = state.faultSite
  const results = await tryMutants(state)
  for (const { description, isCaught, correctAgentViolations: violations } of results)
    console.log(
      `${isCaught ? 'caught' : 'NOT CAUGHT'}: an agent that ${description}; the correct agent: ${violations} violations`,
    )
  return results.every(({ isCaught, correctAgentViolations }) => isCaught && correctAgentViolations === 0)
}

async function survivesFaults(): Promise<boolean> {
  const interrupt = new AbortController()
  process.once('SIGINT', () => interrupt.abort()).once('SIGTERM', () => interrupt.abort())
  const statistics = new RunStatistics(seed)
  const options = {
    random,
    statistics,
    minutes: Number(values.minutes),
    maxRounds: Number(values.count),
    stop: interrupt.signal,
    descriptionFilter: values.only,
    strategy: values.strategy,
    keepsVm: values.keep,
  }
  if (!values.boundaries)
    await runFaults(fullDiskRounds(random), { ...options, vmName: 'faults-disk', hasSmallFileSystems: true })
  await runFaults(values.boundaries ? boundaryRounds(random) : randomRounds(random), {
    ...options,
    vmName: 'faults',
    hasSmallFileSystems: false,
    beginsWithoutRelease: !values.only && !values.boundaries,
    stacks: chooseStacks(),
  })
  console.log(statistics.format(values.markdown))
  return statistics.violations === 0
}

/** Each kill at a boundary comes once, so that these rounds have one stack. */
function chooseStacks() {
  if (values.stack) return allStacks.filter(({ name }) => name === values.stack)
  return values.boundaries ? [referenceStack] : allStacks
}
