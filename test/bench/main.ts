// Measures what the agent costs: beside the script that it replaces, under load, with long histories and queues, idle.
// npm run bench [-- deploys | share | optimizations | load | follow | growth | idle]
// settings.ts lists the environment variables of a smaller run.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkoutDirectory } from '../vm/paths.ts'
import type { BenchRow } from './report/bench-row.ts'
import { drawChart } from './report/chart.ts'
import { formatReport } from './report/report-table.ts'
import { describeResults, readLoadAverage } from './report/results.ts'
import { measureAgentTime } from './rows/agent-time-rows.ts'
import { measureConcurrentPushes } from './rows/concurrent-push-rows.ts'
import { measureFollowedBuild } from './rows/follower-rows.ts'
import { measureGrowth } from './rows/growth-rows.ts'
import { measureAgentStart, measureIdleAgent } from './rows/idle-rows.ts'
import { measureIgnoredSigterm } from './rows/ignored-sigterm-rows.ts'
import { measureHook, measureReadmePushes } from './rows/light-push-rows.ts'
import { measureLoad } from './rows/load-rows.ts'
import { measureOptimizations } from './rows/optimization-rows.ts'
import { measureReleases, measureStandbyReleases } from './rows/release-rows.ts'
import { readSettings, type Settings } from './settings.ts'
import { type BenchSite, createBenchSite } from './site/bench-site.ts'

type Measurement = (benchSite: BenchSite, settings: Settings) => Promise<BenchRow[]>

/** The parts that share one test VM; the part `idle` has its own. */
const parts: Record<string, Measurement[]> = {
  deploys: [
    (benchSite, { rounds }) => measureReleases(benchSite, rounds),
    (benchSite, { rounds }) => measureStandbyReleases(benchSite, rounds),
    (benchSite, { rounds }) => measureReadmePushes(benchSite, rounds),
    (benchSite, { rounds }) => measureHook(benchSite, rounds),
    (benchSite, { rounds }) => measureIgnoredSigterm(benchSite, rounds),
    (benchSite) => measureConcurrentPushes(benchSite),
    (benchSite, { rounds }) => measureAgentStart(benchSite, rounds),
  ],
  share: [(benchSite, { rounds }) => measureAgentTime(benchSite, rounds)],
  optimizations: [(benchSite, { rounds }) => measureOptimizations(benchSite, rounds)],
  load: [(benchSite, { swaps }) => measureLoad(benchSite, swaps)],
  follow: [(benchSite, { megabytes }) => measureFollowedBuild(benchSite, megabytes)],
  growth: [measureGrowth],
}

const { settings, isFullSize } = readSettings(process.env)
const chosenPart = process.argv[2]
const partNames = [...Object.keys(parts), 'idle']
if (chosenPart !== undefined && !partNames.includes(chosenPart)) {
  console.error(`There is no part "${chosenPart}". The parts: ${partNames.join(', ')}; without one, all of them.`)
  process.exit(2)
}
const failures: string[] = []
const load = await readLoadAverage()
// The idle VM may run beside the other one: its rows count the agent's CPU time, not elapsed time.
const rows = (await Promise.all([measureParts(), measureIdle()])).flat()
console.log(formatReport(rows))

if (failures.length > 0) {
  console.error(`Not everything was measured:\n${failures.join('\n')}`)
  process.exitCode = 1
} else if (chosenPart === undefined) {
  await writeResults()
}

/** Measures part after part: a part that fails loses its own rows, but no others. */
async function measureParts(): Promise<BenchRow[]> {
  if (chosenPart === 'idle') return []
  await using benchSite = await createBenchSite('bench')
  const rows: BenchRow[] = []
  for (const [name, measurements] of Object.entries(parts)) {
    if (chosenPart !== undefined && chosenPart !== name) continue
    try {
      for (const measure of measurements) rows.push(...(await measure(benchSite, settings)))
    } catch (thrown) {
      failures.push(`${name}: ${thrown}`)
    }
  }
  return rows
}

async function measureIdle(): Promise<BenchRow[]> {
  if (chosenPart !== undefined && chosenPart !== 'idle') return []
  return measureIdleAgent(settings.idleSeconds).catch((thrown: unknown) => {
    failures.push(`idle: ${thrown}`)
    return []
  })
}

/** Writes results to docs/ only after a full-size run: those of a smaller run do not belong into the repository. */
async function writeResults(): Promise<void> {
  const directory = join(checkoutDirectory, isFullSize ? 'docs' : '.cache/bench')
  await mkdir(directory, { recursive: true })
  const results = await describeResults(rows, settings, load)
  await writeFile(join(directory, 'bench.json'), `${JSON.stringify(results, null, 2)}\n`)
  await writeFile(join(directory, 'bench.svg'), drawChart(results))
  console.log(`wrote ${directory}/bench.json and bench.svg`)
}
