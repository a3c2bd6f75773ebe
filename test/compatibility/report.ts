// Writes the results of the compatibility run: a report of each project's pushes with their problems, and the table of
// docs/compatibility.md.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Project } from '../projects/project.ts'
import { checkoutDirectory } from '../vm/paths.ts'
import { type StageResult, stageNames } from './play-project.ts'

const document = join(checkoutDirectory, 'docs/compatibility.md')
const [tableBegin, tableEnd] = ['<!-- results -->', '<!-- end of results -->']

export function formatReport(stages: StageResult[]): string {
  return stages
    .map(({ stage, deploy, problems, output, log }) => {
      const verdict = problems.length === 0 ? 'right' : (deploy?.sentence ?? 'no deploy')
      return [`${stage}: ${verdict}`, ...problems.map((line) => `  - ${line}`), output, log, ''].join('\n')
    })
    .join('\n')
}

/** Replaces the rows of these projects; the others keep the row of an earlier run. */
export async function writeTable(results: Map<Project, StageResult[]>): Promise<void> {
  const text = await readFile(document, 'utf8')
  const [head = '', rest = ''] = text.split(tableBegin)
  const [table = '', tail = ''] = rest.split(tableEnd)
  const rows = new Map([...table.matchAll(/^\| `([\w-]+)` .*$/gm)].map(([row, name = '']) => [name, row]))
  for (const [project, stages] of results) rows.set(project.name, formatRow(project, stages))
  const sorted = [...rows].toSorted(([a], [b]) => a.localeCompare(b)).map(([, row]) => row)
  const lines = [joinCells(tableHead), joinCells(tableHead.map(() => '---')), ...sorted]
  await writeFile(document, `${head}${tableBegin}\n${lines.join('\n')}\n${tableEnd}${tail}`)
}

const tableHead = [
  'project',
  'about',
  'first',
  'code',
  'configuration',
  'both',
  'added, removed',
  'failing',
  'rollback',
]

function formatRow({ name, description, languages }: Project, stages: StageResult[]): string {
  const cells = stageNames.map((name) => formatStage(stages.find(({ stage }) => stage === name)))
  return joinCells([`\`${name}\``, `${description} (${languages})`, ...cells])
}

function joinCells(cells: string[]): string {
  return `| ${cells.join(' | ')} |`
}

function formatStage(result: StageResult | undefined): string {
  if (!result) return 'not run'
  const { deploy, problems } = result
  const [problem] = problems
  if (problem) return `**${problem.replaceAll(/[|\n]/g, ' ').slice(0, 120)}**`
  if (deploy?.state === 'failed') {
    return `${deploy.code}, ${deploy.sentence.includes('Live again') ? 'put back' : 'nothing touched'}`
  }
  const refused = deploy?.visits?.refused
  return refused ? `live, ${refused} refused` : 'live'
}
