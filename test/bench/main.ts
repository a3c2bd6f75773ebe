// What the agent costs: beside the raw commands, beside the script that it replaces, under load, and after a long life.
// npm run bench [-- deploys | share | optimizations | load | follow | growth | idle]; settings.ts names what makes it shorter.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkoutDirectory } from '../vm/paths.ts'
import type { Row } from './report/bench-row.ts'
import { chart } from './report/chart.ts'
import { table } from './report/report-table.ts'
import { loadAverage, results } from './report/results.ts'
import { shareRows } from './rows/agent-share-rows.ts'
import { changeRows, standbyRows } from './rows/change-rows.ts'
import { crowdRows } from './rows/concurrent-push-rows.ts'
import { followRows } from './rows/follower-rows.ts'
import { growthRows } from './rows/growth-rows.ts'
import { idleRows, startRows } from './rows/idle-rows.ts'
import { stubbornRows } from './rows/ignored-sigterm-rows.ts'
import { hookRows, readmeRows } from './rows/light-push-rows.ts'
import { loadRows } from './rows/load-rows.ts'
import { optimizationRows } from './rows/optimization-rows.ts'
import { settings as chosen, type Settings } from './settings.ts'
import { type Ground, ground } from './site/bench-site.ts'

type Part = (ground: Ground, settings: Settings) => Promise<Row[]>

const deploys: Part[] = [
  (ground, { rounds }) => changeRows(ground, rounds),
  (ground, { rounds }) => standbyRows(ground, rounds),
  (ground, { rounds }) => readmeRows(ground, rounds),
  (ground, { rounds }) => hookRows(ground, rounds),
  (ground, { rounds }) => stubbornRows(ground, rounds),
  (ground) => crowdRows(ground),
  ({ site }, { rounds }) => startRows(site, rounds),
]

const parts: Record<string, Part[]> = {
  deploys,
  share: [(ground, { rounds }) => shareRows(ground, rounds)],
  optimizations: [(ground, { rounds }) => optimizationRows(ground, rounds)],
  load: [(ground, { swaps }) => loadRows(ground, swaps)],
  follow: [(ground, { megabytes }) => followRows(ground, megabytes)],
  growth: [growthRows],
}

const { settings, whole } = chosen(process.env)
const wanted = process.argv[2]
const names = [...Object.keys(parts), 'idle']
if (wanted !== undefined && !names.includes(wanted)) {
  console.error(`There is no part "${wanted}". The parts: ${names.join(', ')}; without one, all of them.`)
  process.exit(2)
}
const failures: string[] = []
const load = await loadAverage()
// The idle machine idles while the other one works; its agent's processor time is counted, not the time that passes.
const found = await Promise.all([wanted === 'idle' ? [] : work(), idles()])
const rows = found.flat()
console.log(table(rows))

if (failures.length > 0) {
  console.error(`Not all was measured:\n${failures.join('\n')}`)
  process.exitCode = 1
} else if (wanted === undefined) {
  // Only a whole run is worth keeping in the repository.
  const directory = join(checkoutDirectory, whole ? 'docs' : '.cache/bench')
  await mkdir(directory, { recursive: true })
  const told = await results(rows, settings, load)
  await writeFile(join(directory, 'bench.json'), `${JSON.stringify(told, null, 2)}\n`)
  await writeFile(join(directory, 'bench.svg'), chart(told))
  console.log(`${directory}/bench.json and bench.svg are written`)
}

/** A part that breaks off loses its own figures, and no others. */
async function work(): Promise<Row[]> {
  await using here = await ground('bench')
  const rows: Row[] = []
  for (const [name, steps] of Object.entries(parts)) {
    if (wanted !== undefined && wanted !== name) continue
    try {
      for (const step of steps) rows.push(...(await step(here, settings)))
    } catch (thrown) {
      failures.push(`${name}: ${thrown}`)
    }
  }
  return rows
}

async function idles(): Promise<Row[]> {
  if (wanted !== undefined && wanted !== 'idle') return []
  return idleRows(settings.idleSeconds).catch((thrown: unknown) => {
    failures.push(`idle: ${thrown}`)
    return []
  })
}
