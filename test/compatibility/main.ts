// npm run compatibility: takes projects through pushes, compares each end with that of plain compose, and writes the
// table of docs/compatibility.md. Arguments: names of projects, without any all. Options: --jobs N, --no-table.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { allProjects } from '../projects/all-projects.ts'
import type { Project } from '../projects/project.ts'
import { checkoutDirectory } from '../vm/paths.ts'
import { playProject, type StageResult } from './play-project.ts'
import { formatReport, writeTable } from './report.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { jobs: { type: 'string', default: '1' }, 'no-table': { type: 'boolean', default: false } },
})
const unknown = positionals.filter((name) => !allProjects.some((project) => project.name === name))
if (unknown.length > 0) {
  console.error(
    `no project is named ${unknown.join(', ')}; there are: ${allProjects.map(({ name }) => name).join(' ')}`,
  )
  process.exit(2)
}
const reports = join(checkoutDirectory, '.cache/compatibility')
await mkdir(reports, { recursive: true })
const queue = allProjects.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
const results = new Map<Project, StageResult[]>()
await Promise.all(Array.from({ length: Number(values.jobs) }, playQueue))
if (!values['no-table']) await writeTable(results)
const wrong = [...results].filter(([, stages]) => stages.some(({ problems }) => problems.length > 0))
console.log(`${results.size - wrong.length} of ${results.size} projects end as compose leaves them at every push`)
for (const [{ name }] of wrong) console.log(`  not ${name}: see ${join(reports, `${name}.txt`)}`)
process.exitCode = wrong.length > 0 ? 1 : 0

async function playQueue(): Promise<void> {
  for (let project = queue.shift(); project; project = queue.shift()) {
    const { name } = project
    const startedMs = Date.now()
    const stages = await playProject(project, `compatibility-${name}`, ({ stage, problems, deploy }) =>
      console.log(`${name}: ${stage}: ${problems[0]?.slice(0, 200) ?? `right (${deploy?.sentence})`}`),
    ).catch((thrown: unknown): StageResult[] => [
      { stage: 'first', deploy: null, problems: ['the run broke off'], output: String(thrown), log: '' },
    ])
    results.set(project, stages)
    await writeFile(join(reports, `${name}.txt`), formatReport(stages))
    console.log(`${name}: took ${Math.round((Date.now() - startedMs) / 1000)} s`)
  }
}
