// Lets compose resolve a compose file, and adds the hashes that compose would write on its containers.
import type { ComposeProject } from '../../../interfaces/engine/compose-project.ts'
import { parseProject } from '../compose-project.ts'
import { addVariableServices } from '../used-contents.ts'
import { captureCompose } from './capture-compose.ts'
import { type ComposeInputs, composeCommand } from './compose-command.ts'
import { readComposeTools } from './compose-tools.ts'
import { defineOptionalServices } from './resolved-file.ts'

/** Returns compose's version. */
export type ReadVersion = (signal: AbortSignal) => Promise<string>

/** Asks compose once, and again after an update. */
export function createVersionReader(inputs: ComposeInputs): ReadVersion {
  let known: { tools: string; version: string } | null = null
  return async (signal) => {
    const tools = JSON.stringify(await readComposeTools(inputs.env))
    if (known?.tools === tools) return known.version
    const version = await captureCompose(composeCommand({ ...inputs, files: [] }, ['version', '--short']), signal)
    known = { tools, version }
    return version
  }
}

/** Returns the compose file as compose resolves it. @throws unreadable, compose_invalid. */
export function readResolvedFile(inputs: ComposeInputs, signal: AbortSignal): Promise<string> {
  return captureCompose(composeCommand(inputs, ['config', '--format', 'json']), signal)
}

/**
 * @param json output of `docker compose config --format json`.
 * @param projectFolder the folder of the compose file in the work tree.
 */
export async function resolveProject(
  inputs: ComposeInputs,
  { json, projectFolder }: { json: string; projectFolder: string },
  readVersion: ReadVersion,
  signal: AbortSignal,
): Promise<ComposeProject> {
  // With an env_file, the hash of the file as written differs from the hash that compose writes on containers.
  const hashes = await captureCompose(
    resolvedCommand(inputs, '-', ['config', '--hash', '*']),
    signal,
    addVariableServices(defineOptionalServices(json)),
  )
  return parseProject(json, hashes, await readVersion(signal), projectFolder)
}

/** Calls compose for a file that it has resolved before: the only further input is the .env of the project's folder. */
export function resolvedCommand(inputs: ComposeInputs, path: string, args: string[]) {
  // The resolved file has only services whose profiles are active.
  return composeCommand({ ...inputs, files: [path] }, ['--profile', '*', ...args])
}
