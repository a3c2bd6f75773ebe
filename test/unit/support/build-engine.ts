// Runs an ImageBuilder against an HTTP server in place of Docker's engine, with a compose that only counts its calls.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import Docker from 'dockerode'
import { ImageBuilder } from '../../../agent/adapters/build/image-builder.ts'
import type { ComposeCli } from '../../../agent/adapters/compose/compose-cli.ts'
import type { ComposeProject, Service } from '../../../agent/interfaces/engine/compose-project.ts'
import { Failure } from '../../../agent/protocol/failure.ts'
import { createScratchFolder } from './scratch.ts'
import { createService, noPlanFacts } from './services.ts'
import { silentContext } from './step-context.ts'

/** The engine's last event of a successful build. */
export const imageEvent = { id: 'moby.image.id', aux: { ID: 'sha256:built' } }

export type AnswerBuild = (response: ServerResponse) => void

export interface BuildSetup {
  services?: Service[]
  stop?: AbortController
  noCache?: boolean
  /** Further files: settings of Docker's clients, or the .env file. */
  files?: Record<string, string>
  composeExit?: number
  /** False if the engine has no image after compose has built. */
  hasImageAfterCompose?: boolean
  /** Replaces the check for changes of the inputs. */
  isUnchanged?: () => Promise<boolean>
  /** Resolves when the log has accepted a line. */
  acceptLine?: (line: string) => Promise<void>
  /** Runs after the inputs were read, before the build. */
  beforeBuild?: (folder: string) => void
}

export async function runBuild(answerBuild: AnswerBuild, setup: BuildSetup = {}) {
  const { services = [createBuiltService('web')], stop = new AbortController(), noCache = false } = setup
  const folder = createBuildFolder(setup.files)
  const engine = await startEngine(folder, answerBuild, setup.hasImageAfterCompose ?? true)
  let composeBuilds = 0
  const compose: Pick<ComposeCli, 'build'> = {
    async build() {
      composeBuilds++
      return setup.composeExit ?? 0
    },
  }
  const builder = new ImageBuilder(new Docker({ socketPath: engine.socketPath }), compose, folder, [
    join(folder, '.env'),
  ])
  const project: ComposeProject = {
    name: 'p',
    labels: { 'com.docker.compose.project': 'p' },
    secrets: [],
    networks: [],
    ...noPlanFacts,
    services: services.map((service) => ({ ...service, build: { ...service.build, context: folder } })),
  }
  const lines: string[] = []
  const ctx = {
    ...silentContext,
    signal: stop.signal,
    async output(line: string) {
      await setup.acceptLine?.(line)
      lines.push(line)
    },
  }
  const read = await builder.readInputs(project)
  assert.ok(read)
  const inputs = { ...read, ...(setup.isUnchanged && { isUnchanged: setup.isUnchanged }) }
  setup.beforeBuild?.(folder)
  const result = await builder.build(project, 'abc', { noCache, inputs }, ctx).then(
    ({ images, inputsDigest }) => ({ images, hasDigest: inputsDigest === inputs.digest, thrown: null }),
    (thrown: unknown) => ({ images: null, hasDigest: false, thrown }),
  )
  await engine.stop()
  const failure = result.thrown instanceof Failure ? result.thrown : null
  return { ...result, failure, calls: engine.calls, archives: engine.archives, composeBuilds, lines }
}

export function createBuiltService(name: string): Service {
  const build = { args: { LEVEL: '1' }, target: 'final', labels: { team: 'b' } }
  return createService(name, { image: `${name}:latest`, build })
}

export function sendEvents(response: ServerResponse, events: object[]): void {
  response.write(events.map((event) => `${JSON.stringify(event)}\n`).join(''))
}

/** Sends the events and ends the answer. */
export function endWith(response: ServerResponse, events: object[]): void {
  sendEvents(response, events)
  response.end()
}

/** Gives the event of an encoded BuildKit status. */
export function statusEvent(bytes: Uint8Array): object {
  return { id: 'moby.buildkit.trace', aux: Buffer.from(bytes).toString('base64') }
}

function createBuildFolder(furtherFiles: Record<string, string> = {}): string {
  const folder = createScratchFolder()
  const files = { Dockerfile: 'FROM scratch\nCOPY page.html /\n', '.dockerignore': '*\n!page.html\n', 'page.html': 'x' }
  mkdirSync(join(folder, '.docker/buildx'), { recursive: true })
  for (const [path, text] of Object.entries({ ...files, ...furtherFiles })) writeFileSync(join(folder, path), text)
  return folder
}

async function startEngine(folder: string, answerBuild: AnswerBuild, hasImage: boolean) {
  const calls: URLSearchParams[] = []
  const archives: Buffer[] = []
  const openAnswers = new Set<ServerResponse>()
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://engine')
    if (!hasImage) response.statusCode = 404
    if (url.pathname !== '/build') return void response.end('{"Id": "sha256:composed", "Config": {}}')
    calls.push(url.searchParams)
    openAnswers.add(response.on('close', () => openAnswers.delete(response)))
    buffer(request).then((archive) => {
      archives.push(archive)
      answerBuild(response)
    })
  })
  const socketPath = join(folder, 'docker.sock')
  await once(server.listen(socketPath), 'listening')
  return {
    socketPath,
    calls,
    archives,
    /** Waits first for the builder to close the calls that it gave up. */
    async stop() {
      await Promise.all([...openAnswers].map((response) => once(response, 'close')))
      server.close()
      server.closeAllConnections()
    },
  }
}
