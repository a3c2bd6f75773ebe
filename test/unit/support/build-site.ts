// Creates a build context of real files, and an engine that knows only base images.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ImageInspector } from '../../../agent/adapters/build/inputs/base-image.ts'
import { readBuildInputs } from '../../../agent/adapters/build/inputs/build-inputs.ts'
import { FileHashes } from '../../../agent/adapters/build/inputs/file-hashes.ts'
import { createScratchFolder } from './scratch.ts'
import { createService } from './services.ts'

export const siteDockerfile = `ARG BASE=node\nFROM \${BASE}:26 AS build\nCOPY server/ /server\nRUN make\nFROM scratch\nCOPY --from=build /x /\n`

export class BuildSite {
  readonly #folder = createScratchFolder()
  /** The service's build section. */
  readonly build: Record<string, unknown> = { context: this.#folder, dockerfile: 'Dockerfile', args: { LEVEL: '1' } }
  /** The ids of the base images that the engine has. */
  readonly images: Record<string, string> = { 'node:26': 'sha256:node', 'deno:26': 'sha256:deno' }
  /** ONBUILD instructions of the base images. */
  onBuild: string[] | null = null
  storageDriver = 'overlay2'
  readonly #fileHashes = new FileHashes()

  constructor() {
    this.write({
      Dockerfile: siteDockerfile,
      '.dockerignore': '*\n!server\nserver/node_modules\n',
      '.git/HEAD': 'x',
      'README.md': 'Read me.',
      'server/server.js': 'one',
      'server/lib/a.js': 'a',
      'server/node_modules/x/index.js': 'x',
    })
    symlinkSync('server.js', this.path('server/link'))
  }

  readInputs() {
    const server = createService('server', { image: 'server:latest', build: this.build })
    return readBuildInputs(this.#engine(), this.#fileHashes, [server])
  }

  /** Reads the inputs of services that are built in the folders of their names. */
  readInputsOf(names: string[], root?: string) {
    const services = names.map((name) =>
      createService(name, { image: `shop-${name}`, build: { context: this.path(name), dockerfile: 'Dockerfile' } }),
    )
    return readBuildInputs(this.#engine(), this.#fileHashes, services, root)
  }

  async readDigest(): Promise<string | undefined> {
    return (await this.readInputs())?.digest
  }

  write(files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(this.path(path)), { recursive: true })
      writeFileSync(this.path(path), text)
    }
  }

  remove(path: string): void {
    rmSync(this.path(path))
  }

  path(path: string): string {
    return join(this.#folder, path)
  }

  #engine(): ImageInspector {
    const getImage = (name: string) => ({
      inspect: async () => {
        const id = this.images[name]
        if (!id) throw Object.assign(new Error('no such image'), { statusCode: 404 })
        return { Id: id, Config: { OnBuild: this.onBuild } }
      },
    })
    return { getImage, info: async () => ({ DriverStatus: [['driver-type', this.storageDriver]] }) }
  }
}
