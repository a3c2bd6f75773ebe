// Reads the compose project of a revision from a copy of its files, with the paths that it will have in the work tree.
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import * as v from 'valibot'
import type { ComposeProject } from '../../../interfaces/engine/compose-project.ts'
import { Failure } from '../../../protocol/failure.ts'
import { captureCompose, type QuestionContext } from './capture-compose.ts'
import { type ComposeInputs, composeCommand } from './compose-command.ts'
import { assertComposeFiles } from './compose-files.ts'
import { type ReadVersion, readResolvedFile, resolveProject } from './resolve-project.ts'

/** No compose file has this profile, so that its services are never active. */
const inactiveProfile = 'bpt-inactive'

const schema = v.looseObject({
  services: v.optional(v.record(v.string(), v.looseObject({ profiles: v.nullish(v.array(v.string())) })), {}),
})

export interface TreeProject {
  project: ComposeProject
  /** Inputs for further calls of compose about this project, valid as long as the tree exists. */
  inputs: ComposeInputs
}

/**
 * @param root a folder that stands for `/`.
 * @throws compose_missing, compose_invalid; they name the paths of the work tree.
 */
export async function readProjectOfTree(
  inputs: ComposeInputs,
  root: string,
  readVersion: ReadVersion,
  ctx: QuestionContext,
): Promise<TreeProject> {
  try {
    return await readTree(inputs, root, readVersion, ctx)
  } catch (thrown) {
    throw thrown instanceof Failure ? withoutRoot(thrown, root) : thrown
  }
}

async function readTree(
  { workTree, files, env }: ComposeInputs,
  root: string,
  readVersion: ReadVersion,
  ctx: QuestionContext,
): Promise<TreeProject> {
  const projectFolder = dirname(resolve(workTree, files[0] ?? 'compose.yaml'))
  const treeFolder = join(root, workTree)
  const toTree = (file: string) => (isAbsolute(file) ? join(root, file) : file)
  const tree = { workTree: treeFolder, files: files.map(toTree), env }
  await assertComposeFiles(tree, await readFile(join(treeFolder, '.env'), 'utf8').catch(() => ''))

  const printed = await readResolvedFile(tree, ctx)
  // Compose doubles each `$` in its output.
  const json = printed.replaceAll(JSON.stringify(root).slice(1, -1).replaceAll('$', '$$$$'), '')
  const resolved = { ...tree, projectFolder: join(root, projectFolder) }
  const [project, names] = await Promise.all([
    resolveProject(resolved, { json, projectFolder }, readVersion, ctx),
    captureCompose(composeCommand(tree, ['--profile', '*', 'config', '--services']), ctx).catch(() => ''),
  ])
  const file = join(dirname(root), 'compose.json')
  const { text, profiles } = addInactiveServices(json, names.split('\n').filter(Boolean))
  await writeFile(file, text)
  return {
    project,
    inputs: { ...resolved, files: [file], env: { ...env, COMPOSE_PROFILES: profiles.join() } },
  }
}

/**
 * Adds the services of inactive profiles, which compose leaves out of its output: it would take their containers for
 * those of removed services.
 */
function addInactiveServices(json: string, names: string[]): { text: string; profiles: string[] } {
  const file = v.parse(schema, JSON.parse(json))
  const inactive = names.filter((name) => !(name in file.services))
  const added = inactive.map((name) => [name, { image: 'none', profiles: [inactiveProfile] }])
  const used = Object.values(file.services).flatMap(({ profiles }) => profiles ?? [])
  return {
    text: JSON.stringify({ ...file, services: { ...file.services, ...Object.fromEntries(added) } }),
    // Never empty: compose would take the profiles of the .env.
    profiles: [...new Set(['bpt-active', ...used])],
  }
}

function withoutRoot({ code, reason, help, brief }: Failure, root: string): Failure {
  const strip = (text: string) => text.replaceAll(root, '')
  return Failure.fromRecord({ code, reason: strip(reason), help: help && strip(help), brief: strip(brief) })
}
