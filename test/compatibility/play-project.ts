// Takes a project through its pushes and a rollback, on a server with the product and on another with plain compose.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Deploy } from '../../agent/protocol/messages.ts'
import { findDifferences, findPlannedChanges, PlainCompose } from '../e2e/support/plain-compose.ts'
import { createSite, type Site } from '../e2e/support/site.ts'
import { applyEdit, type Project, type PushName, pushNames, type Tree } from '../projects/project.ts'
import { languagesImage, provideLanguages } from './languages.ts'

export type StageName = 'first' | PushName | 'rollback'
export const stageNames: StageName[] = ['first', ...pushNames, 'rollback']

export interface StageResult {
  stage: StageName
  deploy: Deploy | null
  /** Reasons why the end is not right; empty when it is. */
  problems: string[]
  /** The lines that the push or the rollback printed. */
  output: string
  /** The log of the deploy, which has times. */
  log: string
}

const folder = '/bpt/production/code'

interface Player {
  project: Project
  site: Site
  plain: PlainCompose
}

/** @param onStage is called at the end of each stage. */
export async function playProject(
  project: Project,
  vmName: string,
  onStage: (result: StageResult) => void = () => {},
): Promise<StageResult[]> {
  const [site, plain] = await Promise.all([createSite(vmName), PlainCompose.create(`${vmName}-plain`)])
  await using _ = { [Symbol.asyncDispose]: () => Promise.all([site.close(), plain.vm.destroy()]).then(() => {}) }
  const player = { project, site, plain }
  await setUp(player)
  const results: StageResult[] = []
  const releases: string[] = []
  let tree = project.files
  for (const stage of stageNames) {
    const stageTree = stage === 'first' || stage === 'rollback' ? tree : applyEdit(tree, project[stage])
    const revision =
      stage === 'rollback' ? releases.at(-2) : await commitTree(site, stageTree, `${project.name}: ${stage}`)
    if (stage !== 'failing') tree = stageTree
    const result = await playStage(player, stage, revision ?? '')
    if (result.deploy?.state === 'live') releases.push(result.deploy.revision)
    results.push(result)
    onStage(result)
    if (stage === 'first' && result.deploy?.state !== 'live') break
  }
  return results
}

async function setUp({ project, site, plain }: Player): Promise<void> {
  const { settings = '', setUp: script = '' } = project
  const limits = settings.includes('[limits]') ? '' : '\n[limits]\nverify = 40\n'
  await site.vm.writeFile('/etc/bpt-deployer.toml', `${settings}${limits}`)
  await Promise.all([
    site.vm.run('systemctl restart bpt-deployer'),
    ...[site.vm, plain.vm].map(async (vm) => {
      if (JSON.stringify(project).includes(languagesImage)) await provideLanguages(vm)
      await vm.run(`cd ${folder} && ${script || ':'}`, { timeoutMs: 120_000 })
    }),
  ])
}

async function playStage(player: Player, stage: StageName, revision: string): Promise<StageResult> {
  const { project, site, plain } = player
  const idsBefore = await listContainers(site)
  const composeOptions = {
    options: project.options ?? '',
    upOptions: isForced(project, stage) ? '--force-recreate' : '',
  }
  const [output] = await Promise.all([
    stage === 'rollback' ? rollBack(site) : push(site),
    stage === 'failing' ? null : plain.up(site.ada, revision, composeOptions),
  ])
  const [deploy] = await site.history()
  const problems: string[] = []
  const expectedState = stage === 'failing' ? 'failed' : 'live'
  if (deploy?.revision !== revision || deploy.state !== expectedState)
    problems.push(`the deploy is ${deploy?.state ?? 'missing'}, not ${expectedState}: ${deploy?.sentence ?? output}`)
  if (stage === 'first' && problems.length === 0 && project.addData) await addData(player, project.addData)
  const isWrong = problems.length > 0
  problems.push(
    ...(await findDifferences(site.vm, plain.vm, isWrong ? 0 : undefined)),
    ...(await findPlannedChanges(site.vm, composeOptions)).map((line) => `compose would change: ${line}`),
    ...(await compareAnswers(player)),
  )
  if (stage === 'failing') problems.push(...compareIds(idsBefore, await listContainers(site)))
  return { stage, deploy: deploy ?? null, problems, output, log: await site.log().catch(String) }
}

/** The rollback takes the push `services` back, and with it the contents which that push changed. */
function isForced({ forced }: Project, stage: StageName): boolean {
  const push = stage === 'rollback' ? 'services' : stage
  return forced?.some((name) => name === push) ?? false
}

async function push({ ada }: Site): Promise<string> {
  return (await ada.push({ force: true, timeoutMs: 240_000 })).output
}

async function rollBack({ vm }: Site): Promise<string> {
  const { stdout, stderr } = await vm.tryRun('bptctl rollback', { as: 'ada', timeoutMs: 240_000 })
  return stdout + stderr
}

async function addData({ site, plain }: Player, script: string): Promise<void> {
  await Promise.all([site.vm, plain.vm].map((vm) => vm.run(`cd ${folder} && ${script}`)))
}

/** Asks both servers as a user does, again and again: no event tells that a program of plain compose has started. */
async function compareAnswers({ project, site, plain }: Player): Promise<string[]> {
  const retry = `for attempt in 1 2 3 4 5 6 7 8; do output=$(${project.ask}) && break; sleep 1; done; echo "$output"`
  const [actual, expected] = await Promise.all(
    [site.vm, plain.vm].map(async (vm) => (await vm.tryRun(`cd ${folder}; ${retry}`)).stdout.trim()),
  )
  if (!expected) return ['plain compose does not answer']
  return actual === expected ? [] : [`users get ${JSON.stringify(actual)}, from compose ${JSON.stringify(expected)}`]
}

/** Lists names and ids. */
async function listContainers({ vm }: Site): Promise<string[]> {
  const { stdout } = await vm.run("docker ps -a --no-trunc --format '{{.Names}} {{.ID}}' | grep -v ^bpt-keeps- || true")
  return stdout.split('\n').filter(Boolean).toSorted()
}

function compareIds(before: string[], after: string[]): string[] {
  return before
    .filter((line) => !after.includes(line))
    .map((line) => `after a failed deploy ${line.split(' ')[0]} is not the container that ran before`)
}

export async function commitTree({ ada }: Site, tree: Tree, message: string): Promise<string> {
  return ada.commit(async (directory) => {
    for (const name of await readdir(directory))
      if (name !== '.git') await rm(join(directory, name), { recursive: true })
    for (const [path, text] of Object.entries(tree)) {
      await mkdir(dirname(join(directory, path)), { recursive: true })
      await writeFile(join(directory, path), text)
    }
  }, message)
}
