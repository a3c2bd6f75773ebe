// Reads everything on which compose's plan depends, so that a plan that was kept is used only while all of it is equal.
import { createHash } from 'node:crypto'
import type Docker from 'dockerode'
import { isSwapName } from '../../../../interfaces/engine/compose-plan.ts'
import type { ComposeProject } from '../../../../interfaces/engine/compose-project.ts'
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

/** @param env the environment of compose. */
export async function readStackState(
  { docker, engineSocket }: { docker: Docker; engineSocket: string },
  project: ComposeProject,
  env: NodeJS.ProcessEnv,
): Promise<StackState> {
  const label = [`com.docker.compose.project=${project.name}`]
  const [containers, networks, volumes, apiVersion, tools, images] = await Promise.all([
    // Compose leaves one-off containers alone, as are standbys.
    docker.listContainers({ all: true, filters: { label: [...label, 'com.docker.compose.oneoff=False'] } }),
    docker.listNetworks(),
    docker.listVolumes({ filters: JSON.stringify({ label }) }),
    readApiVersion(engineSocket),
    readComposeTools(env),
    readImages(docker, project),
  ])
  const inputs = [
    project.planFacts.digest,
    // The same before and after the end of a swap removes what was set aside.
    containers.filter(({ Names }) => !Names.some(isSwapName)).map(({ Id, Names, State }) => [Id, Names, State]),
    networks.map(({ Id, Name }) => [Id, Name]).toSorted(),
    volumes.Volumes.map(({ Name }) => Name).toSorted(),
    apiVersion,
    tools,
  ]
  return { key: createHash('sha256').update(JSON.stringify(inputs)).digest('hex'), images }
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
