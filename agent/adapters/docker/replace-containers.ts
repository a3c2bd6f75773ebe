// Replaces a service's container through Docker's API: creates the new one, stops the old one, starts the new one.
// The stopped old container stays until `removeReplaced`. If the settings have changed, compose replaces it instead.
import type Docker from 'dockerode'
import type { ContainerInfo } from 'dockerode'
import { nextSuffix, previousSuffix } from '../../interfaces/engine/compose-plan.ts'
import type { Service } from '../../interfaces/engine/compose-project.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import type { ComposeCli } from '../compose/compose-cli.ts'
import { copyContainerSpec, createContainer } from './container-spec.ts'
import { findImageId, ignoreNotFound } from './images.ts'
import { secondsUntilKilled } from './seconds-until-killed.ts'
import {
  containerName,
  hasTemporaryName,
  listStackContainers,
  matchesService,
  permanentName,
  serviceName,
} from './stack-containers.ts'
import { ignoreNotModified, startContainer } from './start-container.ts'

/** A replacement that took longer is searched for a container that ignored SIGTERM. */
const slowReplacementMs = 2_000

interface CurrentContainers {
  containers: ContainerInfo[]
  /** Id of the image that the service names; null if the image does not exist. */
  imageId: string | null
}

export class ContainerReplacer {
  readonly #docker: Docker
  readonly #compose: ComposeCli

  constructor(docker: Docker, compose: ComposeCli) {
    this.#docker = docker
    this.#compose = compose
  }

  /** Lists a service's containers; those with temporary names only if there are no others. */
  async findContainers(service: Service): Promise<ContainerInfo[]> {
    const containers = await this.#listContainers(service)
    const permanent = containers.filter((container) => !hasTemporaryName(container))
    return permanent.length > 0 ? permanent : containers
  }

  /** Finds services whose containers do not run, or differ from the compose file and the current image. */
  async findOutdated(services: Service[]): Promise<Service[]> {
    const upToDate = await Promise.all(services.map((service) => this.#isUpToDate(service)))
    return services.filter((_, index) => !upToDate[index])
  }

  async #isUpToDate(service: Service): Promise<boolean> {
    const { containers, imageId } = await this.#inspect(service)
    const matching = containers.filter(
      (container) =>
        matchesService(container, service, imageId) && container.State === 'running' && !hasTemporaryName(container),
    )
    return matching.length === service.replicas && containers.length === service.replicas
  }

  /** Creates the new containers beside the running ones, so that the later replacement is shorter. */
  async prepare(services: Service[], ctx: StepContext): Promise<void> {
    await Promise.all(services.map((service) => this.#prepareOne(service, ctx)))
  }

  async #prepareOne(service: Service, ctx: StepContext): Promise<void> {
    const { containers, imageId } = await this.#inspect(service)
    const old = containers.find((container) => !hasTemporaryName(container))
    if (!old || !imageId || service.replicas !== 1) return
    if (containers.some((container) => matchesService(container, service, imageId))) return
    await this.#remove(containers.filter((container) => container !== old))
    const info = await this.#docker.getContainer(old.Id).inspect()
    const spec = await copyContainerSpec(this.#docker, info, service, imageId)
    if (!spec) return
    await createContainer(this.#docker, { ...spec, name: `${containerName(old)}${nextSuffix}` })
    await ctx.output(` Container ${containerName(old)}  Prepared`)
  }

  /** Stops the services' old containers and starts the new ones. */
  async replace(services: Service[], ctx: StepContext): Promise<void> {
    const startedAt = Date.now()
    const before = await Promise.all(
      services.map(async (service) => ({ service, current: await this.#inspect(service) })),
    )
    const replaced = await Promise.all(before.map(({ service, current }) => this.#replaceByApi(service, current, ctx)))
    const remaining = services.filter((_, index) => !replaced[index])
    if (remaining.length > 0) await this.#replaceByCompose(remaining, ctx)
    if (Date.now() - startedAt < slowReplacementMs) return
    const wereRunning = before.flatMap(({ current }) => current.containers).filter(({ State }) => State === 'running')
    for (const container of wereRunning) await this.#noteIfKilled(container, startedAt, ctx)
  }

  async #noteIfKilled(container: ContainerInfo, since: number, { note }: StepContext): Promise<void> {
    const seconds = await secondsUntilKilled(this.#docker, container.Id, since)
    if (seconds === null) return
    const name = permanentName(containerName(container))
    await note(`${name} did not stop within ${seconds} s, so Docker killed it: does it handle SIGTERM?`)
  }

  /** Removes replaced containers and remains of an interrupted swap, but never a service's only container. */
  async removeReplaced(): Promise<void> {
    const containers = await this.#listContainers()
    const services = new Set(containers.filter((container) => !hasTemporaryName(container)).map(serviceName))
    await this.#remove(
      containers.filter((container) => hasTemporaryName(container) && services.has(serviceName(container))),
    )
  }

  /** Returns false if no container matches the service's configuration and image: compose must create it. */
  async #replaceByApi(
    service: Service,
    { containers, imageId }: CurrentContainers,
    ctx: StepContext,
  ): Promise<boolean> {
    const next = containers.find((container) => matchesService(container, service, imageId))
    if (!next || service.replicas !== 1) return false
    const name = permanentName(containerName(next))
    const others = containers.filter((container) => container !== next)
    await Promise.all(
      others.map(({ Id }) => this.#docker.getContainer(Id).stop({ abortSignal: ctx.signal }).catch(ignoreNotModified)),
    )
    // Keep the old container only if a prepared one replaces it: a restore then starts it again. After an interruption
    // the new container may have its permanent name already; the old one is removed, and a restore creates it anew.
    const old = containerName(next).endsWith(nextSuffix)
      ? others.find((container) => !hasTemporaryName(container))
      : undefined
    await this.#remove(others.filter((container) => container !== old))
    if (old) await this.#docker.getContainer(old.Id).rename({ name: `${name}${previousSuffix}` })
    if (hasTemporaryName(next)) await this.#docker.getContainer(next.Id).rename({ name })
    await startContainer(this.#docker, next.Id, service, ctx)
    await ctx.output(` Container ${name}  Started`)
    return true
  }

  async #replaceByCompose(services: Service[], ctx: StepContext): Promise<void> {
    // Compose counts containers with temporary names as their service's own, and recreates those of the dependencies,
    // too, under a name that is taken. Remove all of them first; a restore creates the old containers anew.
    const containers = await this.#listContainers()
    await this.#remove(containers.filter(hasTemporaryName))
    await this.#compose.createContainers(services, ctx)
    await Promise.all(services.map((service) => this.#startStopped(service, ctx)))
  }

  async #startStopped(service: Service, ctx: StepContext): Promise<void> {
    for (const container of await this.#listContainers(service)) {
      if (container.State === 'running') continue
      await startContainer(this.#docker, container.Id, service, ctx)
      await ctx.output(` Container ${containerName(container)}  Started`)
    }
  }

  async #inspect(service: Service): Promise<CurrentContainers> {
    const [containers, imageId] = await Promise.all([
      this.#listContainers(service),
      findImageId(this.#docker, service.image),
    ])
    return { containers, imageId }
  }

  async #listContainers(service?: Service): Promise<ContainerInfo[]> {
    return listStackContainers(this.#docker, await this.#compose.projectName(), service)
  }

  async #remove(containers: ContainerInfo[]): Promise<void> {
    await Promise.all(
      containers.map(({ Id }) => this.#docker.getContainer(Id).remove({ force: true }).catch(ignoreNotFound)),
    )
  }
}
