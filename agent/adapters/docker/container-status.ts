// What runs of the stack, as `status` shows it.
import type Docker from 'dockerode'
import type { ContainerInfo, ImageInspectInfo } from 'dockerode'
import type { ComposeProject } from '../../interfaces/engine/compose-project.ts'
import type { ContainerStatus } from '../../protocol/messages.ts'
import { repositoryOf, revisionsFromTags, tagOf } from './image-name.ts'
import { listStackContainers } from './stack-containers.ts'

/** @param project the services that should run; null until the compose file was read once. */
export async function listContainers(
  docker: Docker,
  root: string,
  project: ComposeProject | null,
): Promise<ContainerStatus[]> {
  const found = await listStackContainers(docker, root)
  const there = await Promise.all(found.map((one) => container(docker, one, project)))
  const missing = project?.services.filter(({ name }) => !there.some(({ service }) => service === name)) ?? []
  return [...there, ...missing.map(({ name, isBuilt }) => absent(name, isBuilt))].sort(
    (a, b) => Number(b.built) - Number(a.built) || a.service.localeCompare(b.service),
  )
}

async function container(
  docker: Docker,
  { Id, ImageID }: ContainerInfo,
  project: ComposeProject | null,
): Promise<ContainerStatus> {
  const [info, own] = await Promise.all([docker.getContainer(Id).inspect(), image(docker, ImageID)])
  const service = info.Config.Labels['com.docker.compose.service'] ?? ''
  const revisions = revisionsFromTags(own?.RepoTags ?? [])
  return {
    service,
    container: info.Name.slice(1),
    built: project?.services.find(({ name }) => name === service)?.isBuilt ?? revisions.length > 0,
    state: info.State.Status,
    health: info.State.Health && info.State.Health.Status !== 'none' ? info.State.Health.Status : null,
    restarts: info.RestartCount,
    since: Date.parse(info.State.StartedAt) || null,
    image: info.Config.Image,
    revisions,
    latest: await names(docker, info.Config.Image, own),
  }
}

function absent(service: string, built: boolean): ContainerStatus {
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
  }
}

/** True where this name is the image's still. */
async function names(docker: Docker, name: string, own: ImageInspectInfo | null): Promise<boolean> {
  if (own?.RepoTags.includes(`${repositoryOf(name)}:${tagOf(name)}`)) return true
  return own !== null && (await image(docker, name))?.Id === own.Id
}

function image(docker: Docker, name: string) {
  return docker
    .getImage(name)
    .inspect()
    .catch(() => null)
}
