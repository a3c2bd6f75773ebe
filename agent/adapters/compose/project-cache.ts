// Remembers the resolved compose file for as long as the files that it was resolved from keep their content.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ComposeProject } from '../../interfaces/engine/compose-project.ts'

/** Compose reads the first of these that exists, unless a file is named. */
export const defaultFileNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']

/** Compose adds the first of these that exists to a compose file with a default name. */
export const overrideFileNames = ['compose', 'docker-compose'].flatMap((name) => [
  `${name}.override.yml`,
  `${name}.override.yaml`,
])

/** Keywords by which a compose file or a .env brings in files that this cache does not compare. */
const keywordOfOtherFile = /\b(include|extends|env_file|label_file|COMPOSE_\w+)\b/

export class ProjectCache {
  readonly #paths: string[]
  #cached: { digest: string; project: ComposeProject } | null = null

  /** @param file the compose file in `composeFolder`; undefined stands for the default names. */
  constructor(composeFolder: string, file: string | undefined) {
    const names = file ? [file] : [...defaultFileNames, ...overrideFileNames]
    this.#paths = [...names, '.env'].map((name) => join(composeFolder, name))
  }

  /** Returns the project of the files as they are now; calls `resolve` only if it is not known. */
  async get(resolve: () => Promise<ComposeProject>): Promise<ComposeProject> {
    const texts = await Promise.all(this.#paths.map((path) => readFile(path, 'utf8').catch(() => null)))
    if (texts.some((text) => text !== null && keywordOfOtherFile.test(text))) return resolve()
    const digest = createHash('sha256').update(JSON.stringify(texts)).digest('hex')
    if (this.#cached?.digest !== digest) this.#cached = { digest, project: await resolve() }
    return this.#cached.project
  }
}
