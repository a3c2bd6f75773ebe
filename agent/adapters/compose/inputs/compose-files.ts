// Finds the files with which compose begins to read a project.
import { access } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Failure } from '../../../protocol/failure.ts'
import type { ComposeInputs } from './compose-command.ts'

/** Compose reads the first of these that exists, unless a file is named. */
export const defaultFileNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']

/** Compose adds the first of these that exists to a compose file with a default name. */
export const overrideFileNames = ['compose', 'docker-compose'].flatMap((name) => [
  `${name}.override.yml`,
  `${name}.override.yaml`,
])

/** Returns the files from which compose may take variables; they need not exist. The first is that of the work tree. */
export function envFilesOf({ workTree, files, env }: ComposeInputs): string[] {
  // Compose reads the .env beside its first file, some versions also the one in the folder in which compose runs.
  const named = [`${dirname(files[0] ?? '.')}/.env`, ...(env.COMPOSE_ENV_FILES?.split(',') ?? [])]
  return ['.env', ...named].map((file) => resolve(workTree, file))
}

/**
 * Without a compose file in the work tree, compose would take one of a folder above it.
 * @param envText content of the .env in the work tree.
 * @throws compose_missing.
 */
export async function assertComposeFiles({ workTree, files, env }: ComposeInputs, envText: string): Promise<void> {
  const exists = await Promise.all((files.length > 0 ? files : defaultFileNames).map((file) => isThere(workTree, file)))
  const missing = files.find((_, index) => !exists[index])
  const isNamedByVariable = env.COMPOSE_FILE || /^\s*(?:export\s+)?COMPOSE_FILE\s*[=:]/m.test(envText)
  if (missing === undefined && (exists.includes(true) || isNamedByVariable)) return
  throw Failure.of('compose_missing', { workTree, file: missing })
}

function isThere(workTree: string, file: string): Promise<boolean> {
  return access(resolve(workTree, file)).then(
    () => true,
    () => false,
  )
}
