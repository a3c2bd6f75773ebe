// Reads the two files that say which parts of a build context a build copies.
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Service } from '../../../interfaces/engine/compose-project.ts'
import { createIgnoreTest } from '../inputs/dockerignore.ts'

export interface ContextFiles {
  /** The folder of the context. */
  context: string
  /** The text of the Dockerfile. */
  dockerfile: string
  /** The file that says what to leave out; it may not exist yet. */
  ignoreFile: string
  /** @param path relative to the context. */
  isIgnored(path: string): boolean
}

/** Returns null for a context that is no folder of the server. */
export async function readContextFiles(build: Service['build']): Promise<ContextFiles | null> {
  const { context, dockerfile = 'Dockerfile', dockerfile_inline: inline } = build ?? {}
  if (typeof context !== 'string' || !context.startsWith('/') || typeof dockerfile !== 'string') return null
  const path = resolve(context, dockerfile)
  const [text, ownRules, contextRules] = await Promise.all([
    typeof inline === 'string' ? inline : readFile(path, 'utf8'),
    readFile(`${path}.dockerignore`, 'utf8').catch(() => null),
    readFile(join(context, '.dockerignore'), 'utf8').catch(() => ''),
  ])
  const ignoreFile = ownRules === null ? join(context, '.dockerignore') : `${path}.dockerignore`
  return { context, dockerfile: text, ignoreFile, isIgnored: createIgnoreTest(ownRules ?? contextRules) }
}
