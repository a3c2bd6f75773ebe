// What the agent costs: beside the raw commands, beside the script that it replaces, under load, and after a long life.
// npm run bench [-- deploys | share | load | follow | growth | idle]; settings.ts names what makes it shorter.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkoutDirectory } from '../vm/paths.ts'
import { changeRows, standbyRows } from './changes.ts'
import { chart } from './chart.ts'
import { crowdRows } from './crowd.ts'
import { followRows } from './follow.ts'
import { type Ground, ground } from './ground.ts'
import { growthRows } from './growth.ts'
import { idleRows, startRows } from './idle.ts'
import { hookRows, readmeRows } from './light-pushes.ts'
import { loadRows } from './load-rows.ts'
import { loadAverage, results } from './results.ts'
import type { Row } from './row.ts'
import { settings as chosen, type Settings } from './settings.ts'
import { shareRows } from './share.ts'
import { stubbornRows } from './stubborn.ts'
import { table } from './table.ts'

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
