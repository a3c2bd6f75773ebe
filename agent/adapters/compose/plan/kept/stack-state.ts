// Reads everything on which compose's plan depends, so that a plan that was kept is used only while all of it is equal.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type Docker from 'dockerode'
import type { ContainerInfo } from 'dockerode'
import { isSwapName } from '../../../../interfaces/engine/compose-plan.ts'
import type { ComposeProject } from '../../../../interfaces/engine/compose-project.ts'
import { Failure } from '../../../../protocol/failure.ts'
import { captureCompose } from '../../inputs/capture-compose.ts'
import { type ComposeInputs, composeCommand } from '../../inputs/compose-command.ts'
import { envFilesOf } from '../../inputs/compose-files.ts'
import { readComposeTools } from '../../inputs/compose-tools.ts'
import { EngineClient } from '../guard/engine-client.ts'
import { comparableImageName } from '../guard/guard-rules.ts'
import { ignoreMissing } from '../remove-created.ts'

export interface ImageState {
  id: string
  /** Paths for which compose passes anonymous volumes on, as text to compare. */
  volumes: string
}

export interface StackState {
  /** Changes with each input of compose, except the images. */
  key: string
  /** The images of the services by their comparable names; a missing image is left out. */
  images: Map<string, ImageState>
}

/** Milliseconds that compose may take to name the services of the file. */
const namesTimeoutMs = 30_000

export async function readStackState(
  { docker, inputs, engineSocket }: { docker: Docker; inputs: ComposeInputs; engineSocket: string },
  project: ComposeProject,
): Promise<StackState> {
  const label = [`com.docker.compose.project=${project.name}`]
  const [containers, networks, volumes, apiVersion, tools, envTexts, images] = await Promise.all([
    // Compose leaves one-off containers alone, as are standbys.
    docker.listContainers({ all: true, filters: { label: [...label, 'com.docker.compose.oneoff=False'] } }),
    docker.listNetworks(),
    docker.listVolumes({ filters: JSON.stringify({ label }) }),
    readApiVersion(engineSocket),
    readComposeTools(inputs.env),
    // Settings of compose itself, such as COMPOSE_COMPATIBILITY, are not in the resolved file.
    Promise.all(envFilesOf(inputs).map((path) => readFile(path, 'utf8').catch(() => null))),
    readImages(docker, project),
  ])
  const compared = [
    project.planFacts.digest,
    // The same before and after the end of a swap removes what was set aside.
    containers.filter(({ Names }) => !Names.some(isSwapName)).map(({ Id, Names, State }) => [Id, Names, State]),
    networks.map(({ Id, Name }) => [Id, Name]).toSorted(),
    volumes.Volumes.map(({ Name }) => Name).toSorted(),
    apiVersion,
    tools,
    envTexts,
    await readInactiveServices(inputs, project, containers),
  ]
  return { key: createHash('sha256').update(JSON.stringify(compared)).digest('hex'), images }
}

/**
 * Compose removes the container of a service that leaves the file, but not that of a service whose profile is inactive.
 * The resolved file has neither, so compose names all services. Null if there is no such container.
 */
async function readInactiveServices(
  inputs: ComposeInputs,
  { services }: ComposeProject,
  containers: ContainerInfo[],
): Promise<string | null> {
  const active = new Set(services.map(({ name }) => name))
  if (containers.every(({ Labels }) => active.has(Labels['com.docker.compose.service'] ?? ''))) return null
  const command = composeCommand(inputs, ['--profile', '*', 'config', '--services'])
  const names = await captureCompose(command, { signal: AbortSignal.timeout(namesTimeoutMs) }).catch(
    // A service of an inactive profile may be invalid.
    (thrown: unknown) => Failure.from(thrown).message,
  )
  return names.split('\n').toSorted().join()
}

/** Asks as compose does: for all that `GET /version` tells, Docker starts programs. */
async function readApiVersion(engineSocket: string): Promise<unknown> {
  const answer = await new EngineClient(engineSocket).open({ method: 'HEAD', url: '/_ping' })
  answer.resume()
  return answer.headers['api-version']
}

async function readImages(docker: Docker, { services }: ComposeProject): Promise<StackState['images']> {
  const names = [...new Set(services.map(({ image }) => image))]
  const infos = await Promise.all(names.map((name) => docker.getImage(name).inspect().catch(ignoreMissing)))
  const entries = names.flatMap((name, index) => {
    const info = infos[index]
    const volumes = JSON.stringify(Object.keys(info?.Config.Volumes ?? {}).toSorted())
    return info ? [[comparableImageName(name), { id: info.Id, volumes }] as const] : []
  })
  return new Map(entries)
}
