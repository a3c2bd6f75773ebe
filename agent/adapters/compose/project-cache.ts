// Remembers what the compose file was resolved to, by the content of the files that it was resolved from.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ComposeProject } from '../../interfaces/engine/compose-project.ts'

/** Where no file is named compose takes the first of these. */
export const defaultFileNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']

/** Beside a compose file of a usual name compose takes in the first of these. */
export const overrideFileNames = ['compose', 'docker-compose'].flatMap((name) => [
  `${name}.override.yml`,
  `${name}.override.yaml`,
])

/** Words of a compose file or a .env that bring in files which are not looked at here. */
const further = /\b(include|extends|env_file|label_file|COMPOSE_\w+)\b/

export class ProjectCache {
  readonly #files: string[]
  #known: { key: string; get: ComposeProject } | null = null

  /** @param file the compose file in `root`; without it compose looks for its usual names. */
  constructor(root: string, file: string | undefined) {
    this.#files = [...(file ? [file] : [...defaultFileNames, ...overrideFileNames]), '.env'].map((name) =>
      join(root, name),
    )
  }

  /** The plan of the files as they are now; resolves it where it is not known. */
  async project(resolve: () => Promise<ComposeProject>): Promise<ComposeProject> {
    const texts = await Promise.all(this.#files.map((path) => readFile(path, 'utf8').catch(() => null)))
    if (texts.some((text) => text !== null && further.test(text))) return resolve()
    const key = createHash('sha256').update(JSON.stringify(texts)).digest('hex')
    if (this.#known?.key !== key) this.#known = { key, get: await resolve() }
    return this.#known.get
  }
}
