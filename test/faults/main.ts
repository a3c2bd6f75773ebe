// npm run faults: breaks the machine under the agent again and again, and looks whether anything was lost.
// Options: --seed N, --minutes N, --count N, --slice (every boundary once), --broken (broken agents must be caught),
// --only TEXT (faults whose line has it), --strategy hold|standby|plain, --keep (the machine stays), --markdown.
import { parseArgs } from 'node:util'
import { deck, fullDisks, slice } from './faults/fault-schedule.ts'
import { Chance } from './faults/random-source.ts'
import { tryMutants } from './mutants/try-mutants.ts'
import { founded, run } from './run/fault-run.ts'
import { Tally } from './run/statistics.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '45' },
    count: { type: 'string', default: '100000' },
    only: { type: 'string' },
    strategy: { type: 'string', default: 'hold' },
    slice: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    broken: { type: 'boolean', default: false },
  },
})

const seed = Number(values.seed)
const chance = new Chance(seed)
if (values.broken) {
  const past = await founded('faults', chance)
  await using _ = past.ground
  const results = await tryMutants(past)
  for (const { description, isCaught, correctAgentViolations: violations } of results)
    console.log(
      `${isCaught ? 'caught' : 'NOT CAUGHT'}: an agent that ${description}; the correct agent: ${violations} violations`,
    )
  process.exitCode = results.every((result) => result.isCaught && result.correctAgentViolations === 0) ? 0 : 1
} else {
  const limits = { minutes: Number(values.minutes), count: Number(values.count) }
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort())
  const options = {
    seed,
    chance,
    ...limits,
    stop: stop.signal,
    only: values.only,
    strategy: values.strategy,
    keep: values.keep,
  }
  const tally = new Tally(seed)
  if (!values.slice) await run(fullDisks(chance), { ...options, tally, name: 'faults-disk', small: true })
  await run(values.slice ? slice(chance) : deck(chance), {
    ...options,
    tally,
    name: 'faults',
    bare: !values.only && !values.slice,
  })
  console.log(tally.table(values.markdown))
  process.exitCode = tally.violations > 0 ? 1 : 0
}
