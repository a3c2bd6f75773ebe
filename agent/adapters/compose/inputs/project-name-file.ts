// Keeps the name of the compose project on the disk: after a restart the agent finds the project's containers without
// starting compose.
import { readFile, writeFile } from 'node:fs/promises'

export class ProjectNameFile {
  readonly #path: string
  #name: string | null = null

  constructor(path: string) {
    this.#path = path
  }

  /** Returns null if no name was written yet. */
  async read(): Promise<string | null> {
    this.#name ??= (await readFile(this.#path, 'utf8').catch(() => '')).trim() || null
    return this.#name
  }

  async write(name: string): Promise<void> {
    if ((await this.read()) === name) return
    this.#name = name
    // The file only saves a call of compose: a full disk must not fail the deploy.
    await writeFile(this.#path, `${name}\n`).catch(() => {})
  }
}
