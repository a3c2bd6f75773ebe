// Remembers the resolved compose file for as long as the files that it was resolved from keep their content.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { ComposeProject } from '../../../interfaces/engine/compose-project.ts'
import type { ComposeInputs } from './compose-command.ts'
import { assertComposeFiles, defaultFileNames, overrideFileNames } from './compose-files.ts'

/** Keywords by which a compose file or a .env brings in files that this cache does not compare. */
const keywordOfOtherFile = /\b(include|extends|env_file|label_file|COMPOSE_FILE|COMPOSE_ENV_FILES)\b/

export class ProjectCache {
  readonly #inputs: ComposeInputs
  readonly #envPath: string
  readonly #paths: string[]
  #cached: { digest: string; project: ComposeProject } | null = null

  constructor(inputs: ComposeInputs) {
    const { workTree, files } = inputs
    const names = files.length > 0 ? files : [...defaultFileNames, ...overrideFileNames]
    this.#inputs = inputs
    this.#envPath = resolve(workTree, '.env')
    // Compose reads the .env beside its first file, some versions also the one in the folder in which compose runs.
    this.#paths = [...names, `${dirname(files[0] ?? '.')}/.env`].map((name) => resolve(workTree, name))
  }

  /**
   * Returns the project of the files as they are now; calls `resolveFiles` only if it is not known.
   * @throws compose_missing.
   */
  async get(resolveFiles: () => Promise<ComposeProject>): Promise<ComposeProject> {
    const texts = await Promise.all(
      [this.#envPath, ...this.#paths].map((path) => readFile(path, 'utf8').catch(() => null)),
    )
    await assertComposeFiles(this.#inputs, texts[0] ?? '')
    if (this.#hasOtherFiles(texts)) return resolveFiles()
    const digest = createHash('sha256').update(JSON.stringify(texts)).digest('hex')
    if (this.#cached?.digest !== digest) this.#cached = { digest, project: await resolveFiles() }
    return this.#cached.project
  }

  #hasOtherFiles(texts: (string | null)[]): boolean {
    const { COMPOSE_FILE, COMPOSE_ENV_FILES } = this.#inputs.env
    const isNamedByVariable = Boolean(COMPOSE_FILE || COMPOSE_ENV_FILES)
    return isNamedByVariable || texts.some((text) => text !== null && keywordOfOtherFile.test(text))
  }
}
