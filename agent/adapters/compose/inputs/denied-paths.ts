// Finds the files that compose or BuildKit could not read with the agent's rights.
import { relative, resolve } from 'node:path'
import type { Service } from '../../../interfaces/engine/compose-project.ts'
import type { Failure } from '../../../protocol/failure.ts'
import { findUnreadable, unreadableFailure } from '../../host/file-access.ts'

/** Returns the failure of an unreadable file that the output of `docker compose config` names; null without one. */
export async function readingFailure(output: string): Promise<Failure | null> {
  const path = await findUnreadable(deniedPaths(output))
  return path === null ? null : unreadableFailure(path, null)
}

/**
 * Returns the failure of an unreadable file of a build; null without one.
 * @param output of `docker compose build`.
 */
export async function buildReadingFailure(output: string, services: Service[]): Promise<Failure | null> {
  const sections = services.map(({ build }) => readSection(build ?? {}))
  // BuildKit calls a Dockerfile that it may not read empty.
  const dockerfile = await findUnreadable(sections.map(({ dockerfile }) => dockerfile))
  if (dockerfile) return unreadableFailure(dockerfile, null)
  const path = await findUnreadable(deniedPaths(output))
  if (path === null) return null
  const context = sections.map(({ context }) => context).find((context) => path.startsWith(`${context}/`))
  return unreadableFailure(path, context ? `/${relative(context, path)}` : null)
}

/** Returns the paths in messages of Go programs, such as `open /srv/app/data: permission denied`. */
function deniedPaths(output: string): string[] {
  const matches = output.matchAll(/\b(?:open|stat|lstat|read|readlink|fdopendir) (\/[^\n]+?): permission denied/g)
  return Array.from(matches, ([, path = '']) => path)
}

function readSection({ context = '', dockerfile = 'Dockerfile' }: Record<string, unknown>) {
  return { context: String(context), dockerfile: resolve(String(context), String(dockerfile)) }
}
