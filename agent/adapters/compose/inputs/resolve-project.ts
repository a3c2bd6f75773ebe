// Lets compose resolve a compose file, and adds the hashes that compose would write on its containers.
import * as v from 'valibot'
import type { ComposeProject } from '../../../interfaces/engine/compose-project.ts'
import { Failure } from '../../../protocol/failure.ts'
import { parseProject } from '../compose-project.ts'
import { addVariableServices } from '../used-contents.ts'
import { captureCompose, type QuestionContext } from './capture-compose.ts'
import { type ComposeInputs, composeCommand } from './compose-command.ts'
import { readComposeTools } from './compose-tools.ts'
import { defineOptionalServices } from './resolved-file.ts'

/** Returns compose's version. */
export type ReadVersion = (ctx: QuestionContext) => Promise<string>

/** Asks compose once, and again after an update. */
export function createVersionReader(inputs: ComposeInputs): ReadVersion {
  let known: { tools: string; version: string } | null = null
  return async (ctx) => {
    const tools = JSON.stringify(await readComposeTools(inputs.env))
    if (known?.tools === tools) return known.version
    const version = await captureCompose(composeCommand({ ...inputs, files: [] }, ['version', '--short']), ctx)
    known = { tools, version }
    return version
  }
}

/** Returns the compose file as compose resolves it. @throws plugin_missing, unreadable, compose_invalid. */
export function readResolvedFile(inputs: ComposeInputs, ctx: QuestionContext): Promise<string> {
  return captureCompose(composeCommand(inputs, ['config', '--format', 'json']), ctx)
}

/**
 * @param json output of `docker compose config --format json`.
 * @param projectFolder the folder of the compose file in the work tree.
 * @throws compose_unknown.
 */
export async function resolveProject(
  inputs: ComposeInputs,
  { json, projectFolder }: { json: string; projectFolder: string },
  readVersion: ReadVersion,
  { signal }: QuestionContext,
): Promise<ComposeProject> {
  // With an env_file, the hash of the file as written differs from the hash that compose writes on containers.
  const hashes = await captureCompose(
    resolvedCommand(inputs, '-', ['config', '--hash', '*']),
    { signal },
    await understand(() => addVariableServices(defineOptionalServices(json))),
  )
  const version = await readVersion({ signal })
  return understand(() => parseProject(json, hashes, version, projectFolder))
}

/** Another version of compose, or a program in its place, may print what this agent cannot read. @throws compose_unknown. */
async function understand<T>(parse: () => T): Promise<T> {
  try {
    return parse()
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw Failure.of('compose_unknown', { reason: thrown.message }, thrown)
    if (!v.isValiError(thrown)) throw thrown
    const reasons = thrown.issues.map((issue) => `${v.getDotPath(issue) ?? 'the project'}: ${issue.message}`)
    throw Failure.of('compose_unknown', { reason: reasons.join('\n') }, thrown)
  }
}

/** Calls compose for a file that it has resolved before: the only further input is the .env of the project's folder. */
export function resolvedCommand(inputs: ComposeInputs, path: string, args: string[]) {
  // The resolved file has only services whose profiles are active.
  return composeCommand({ ...inputs, files: [path] }, ['--profile', '*', ...args])
}
