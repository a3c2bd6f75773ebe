// Writes the results of the compatibility run: a report of a project's problems, and the table of docs/compatibility.md.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Project } from '../projects/project.ts'
import { checkoutDirectory } from '../vm/paths.ts'
import { type StageResult, stageNames } from './play-project.ts'

const document = join(checkoutDirectory, 'docs/compatibility.md')
const [tableBegin, tableEnd] = ['<!-- results -->', '<!-- end of results -->']

export function formatReport(stages: StageResult[]): string {
  return stages
    .map(({ stage, deploy, problems, logTail }) =>
      problems.length === 0
        ? `${stage}: right\n`
        : [`${stage}: ${deploy?.sentence ?? 'no deploy'}`, ...problems.map((line) => `  - ${line}`), logTail, ''].join(
            '\n',
          ),
    )
    .join('\n')
}

export async function writeTable(results: Map<Project, StageResult[]>): Promise<void> {
  const text = await readFile(document, 'utf8')
  const [head = '', rest = ''] = text.split(tableBegin)
  const tail = rest.split(tableEnd)[1] ?? ''
  await writeFile(document, `${head}${tableBegin}\n${formatTable(results)}${tableEnd}${tail}`)
}

function formatTable(results: Map<Project, StageResult[]>): string {
  const rows = [...results]
    .toSorted(([a], [b]) => a.name.localeCompare(b.name))
    .map(([{ name, description, languages }, stages]) => [
      `\`${name}\``,
      `${description} (${languages})`,
      ...stageNames.map((name) => formatStage(stages.find(({ stage }) => stage === name))),
    ])
  const headRow = [
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
  return [headRow, headRow.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('')
}

function formatStage(result: StageResult | undefined): string {
  if (!result) return 'not run'
  const { deploy, problems } = result
  const [problem] = problems
  if (problem) return `**${problem.replaceAll('|', '/').slice(0, 120)}**`
  if (deploy?.state === 'failed') return `${deploy.code}, put back`
  const refused = deploy?.visits?.refused
  return refused ? `live, ${refused} refused` : 'live'
}
