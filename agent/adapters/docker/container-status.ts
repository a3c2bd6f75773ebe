// Describes the stack's containers as `bptctl status` shows them.
import type Docker from 'dockerode'
import type { ContainerInfo, ContainerInspectInfo, ImageInspectInfo } from 'dockerode'
import type { ComposeProject, Service } from '../../interfaces/engine/compose-project.ts'
import type { ListedContainer } from '../../interfaces/engine/stack.ts'
import { repositoryOf, revisionsFromTags, tagOf } from '../compose/image-name.ts'
import { listStackContainers } from './stack-containers.ts'

/**
 * Lists built services first, then by name; a service without a container is listed as `missing`.
 * @param project null until the agent has read the compose file.
 */
export async function listContainers(
  docker: Docker,
  projectName: string,
  project: ComposeProject | null,
): Promise<ListedContainer[]> {
  const containers = await listStackContainers(docker, projectName)
  const present = await Promise.all(containers.map((container) => readStatus(docker, container, project)))
  const isPresent = ({ name }: Service) => present.some(({ service }) => service === name)
  const missing = project?.services.filter((service) => service.replicas > 0 && !isPresent(service)) ?? []
  return [...present, ...missing.map(({ name, builtBy }) => missingStatus(name, builtBy !== null))].sort(
    (a, b) => Number(b.built) - Number(a.built) || a.service.localeCompare(b.service),
  )
}

async function readStatus(
  docker: Docker,
  { Id, ImageID }: ContainerInfo,
  project: ComposeProject | null,
): Promise<ListedContainer> {
  const [info, image] = await Promise.all([docker.getContainer(Id).inspect(), inspectImage(docker, ImageID)])
  const service = info.Config.Labels['com.docker.compose.service'] ?? ''
  const known = project?.services.find(({ name }) => name === service)
  const revisions = revisionsFromTags(image?.RepoTags ?? [])
  return {
    service,
    container: info.Name.slice(1),
    built: known ? known.builtBy !== null : revisions.length > 0,
    state: info.State.Status,
    health: info.State.Health && info.State.Health.Status !== 'none' ? info.State.Health.Status : null,
    restarts: info.RestartCount,
    since: stateSince(info),
    image: info.Config.Image,
    revisions,
    imageId: ImageID,
    latest: await isCurrent(docker, info.Config.Image, image),
  }
}

/** Returns the time since which the state lasts; null if Docker tells none: it writes the year 1 for what never was. */
function stateSince({ State, Created }: ContainerInspectInfo): number | null {
  const endedStates = ['exited', 'dead', 'removing']
  const text =
    State.Status === 'created' ? Created : endedStates.includes(State.Status) ? State.FinishedAt : State.StartedAt
  const at = Date.parse(text)
  return at > 0 ? at : null
}

function missingStatus(service: string, built: boolean): ListedContainer {
  return {
    service,
    container: service,
    built,
    state: 'missing',
    health: null,
    restarts: 0,
    since: null,
    image: '',
    revisions: [],
    latest: false,
    imageId: null,
  }
}

/** True if the name still refers to the image. */
async function isCurrent(docker: Docker, name: string, image: ImageInspectInfo | null): Promise<boolean> {
  if (image?.RepoTags.includes(`${repositoryOf(name)}:${tagOf(name)}`)) return true
  return image !== null && (await inspectImage(docker, name))?.Id === image.Id
}

function inspectImage(docker: Docker, name: string) {
  return docker
    .getImage(name)
    .inspect()
    .catch(() => null)
}
