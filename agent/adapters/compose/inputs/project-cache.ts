// Remembers the resolved compose file for as long as compose and the files that it was resolved from stay the same.
import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ComposeProject } from '../../../interfaces/engine/compose-project.ts'
import type { ComposeInputs } from './compose-command.ts'
import { assertComposeFiles, defaultFileNames, envFilesOf, overrideFileNames } from './compose-files.ts'
import { readComposeTools } from './compose-tools.ts'

/** Keywords by which a compose file or a .env brings in files that this cache does not compare. */
const keywordOfOtherFile = /\b(include|extends|env_file|label_file|COMPOSE_FILE|COMPOSE_ENV_FILES)\b/

/** Stands for a file that is there, and that compose will say more about. */
const unreadable = '\0unreadable'

/** A failed deploy checks an earlier revision out again: its project is still known. */
const maxProjects = 4

export class ProjectCache {
  readonly #inputs: ComposeInputs
  readonly #paths: string[]
  /** The newest projects by the digest of the compared files, the last one is the newest. */
  readonly #projects = new Map<string, { project: ComposeProject; tools: string }>()

  constructor(inputs: ComposeInputs) {
    const { workTree, files } = inputs
    const names = files.length > 0 ? files : [...defaultFileNames, ...overrideFileNames]
    this.#inputs = inputs
    this.#paths = [...envFilesOf(inputs), ...names.map((name) => resolve(workTree, name))]
  }

  /**
   * Returns the project of the files as they are now; calls `resolveFiles` only if it is not known, and again if files
   * changed meanwhile, as in a check-out.
   * @throws compose_missing.
   */
  async get(resolveFiles: () => Promise<ComposeProject>): Promise<ComposeProject> {
    for (;;) {
      const texts = await this.#readFiles()
      await assertComposeFiles(this.#inputs, texts[0] ?? '')
      const digest = digestOf(texts)
      const tools = JSON.stringify(await readComposeTools(this.#inputs.env))
      const known = this.#hasOtherFiles(texts) ? undefined : this.#projects.get(digest)
      const project = known?.tools === tools ? known.project : await resolveFiles()
      if (project !== known?.project && digestOf(await this.#readFiles()) !== digest) continue
      this.#remember(digest, { project, tools })
      return project
    }
  }

  /** Returns the project that was last read from the same files; null if none was. Other files, and compose, may have
   * changed. */
  async find(): Promise<ComposeProject | null> {
    return this.#projects.get(digestOf(await this.#readFiles()))?.project ?? null
  }

  #readFiles(): Promise<(string | null)[]> {
    return Promise.all(this.#paths.map(readText))
  }

  #remember(digest: string, known: { project: ComposeProject; tools: string }): void {
    this.#projects.delete(digest)
    this.#projects.set(digest, known)
    for (const oldest of [...this.#projects.keys()].slice(0, -maxProjects)) this.#projects.delete(oldest)
  }

  #hasOtherFiles(texts: (string | null)[]): boolean {
    const isOpen = (text: string | null) => text === unreadable || (text !== null && keywordOfOtherFile.test(text))
    return Boolean(this.#inputs.env.COMPOSE_FILE) || texts.some(isOpen)
  }
}

/** Returns null if there is no file. */
async function readText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => (thrown.code === 'ENOENT' ? null : unreadable))
}

function digestOf(texts: (string | null)[]): string {
  return hash('sha256', JSON.stringify(texts))
}
