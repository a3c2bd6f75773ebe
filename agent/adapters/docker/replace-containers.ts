// Puts a service's container in the place of another: the new one is made first, the old one is kept, stopped, until
// the new one answers. Compose does it where only compose knows how.
import type Docker from 'dockerode'
import type { ContainerInfo } from 'dockerode'
import type { Service } from '../../interfaces/engine/compose-project.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import type { ComposeCli } from '../compose/compose-cli.ts'
import { copyContainerSpec, createContainer } from './container-spec.ts'
import { findImageId, ignoreNotFound } from './images.ts'
import {
  containerName,
  hasTemporaryName,
  listStackContainers,
  matchesService,
  nextSuffix,
  permanentName,
  previousSuffix,
  serviceName,
} from './stack-containers.ts'
import { ignoreNotModified, startContainer } from './start-container.ts'
import { secondsUntilKilled } from './stop-duration.ts'

/** Milliseconds of a swap from which on it is asked whether a container took them to stop. */
const slowSwapMs = 2_000

/** The containers of a service, and the id of the image that it names. */
interface There {
  all: ContainerInfo[]
  image: string | null
}

export class ContainerReplacer {
  readonly #docker: Docker
  readonly #compose: ComposeCli
  readonly #root: string

  /** @param root the folder of the compose file: compose marks its containers with it. */
  constructor(docker: Docker, compose: ComposeCli, root: string) {
    this.#docker = docker
    this.#compose = compose
    this.#root = root
  }

  /** The containers of a service, whatever they run. */
  async containersOf(service: Service): Promise<ContainerInfo[]> {
    const all = await listStackContainers(this.#docker, this.#root, service)
    const own = all.filter((one) => !hasTemporaryName(one))
    return own.length > 0 ? own : all
  }

  /** Services whose containers are not what the compose file and its images say now, or do not run. */
  async outdated(services: Service[]): Promise<Service[]> {
    const kept = await Promise.all(
      services.map(async (service) => {
        const { all, image } = await this.#there(service)
        const good = all.filter(
          (one) => matchesService(one, service, image) && one.State === 'running' && !hasTemporaryName(one),
        )
        return good.length === service.replicas && all.length === service.replicas
      }),
    )
    return services.filter((_, index) => !kept[index])
  }

  /** Makes beforehand what can be made without touching what runs. */
  async prepare(services: Service[], ctx: StepContext): Promise<void> {
    await Promise.all(
      services.map(async (service) => {
        const { all, image } = await this.#there(service)
        const old = all.find((one) => !hasTemporaryName(one))
        if (!old || !image || service.replicas !== 1 || all.some((one) => matchesService(one, service, image))) return
        await this.#clear(all.filter((one) => one !== old))
        const info = await this.#docker.getContainer(old.Id).inspect()
        const like = await copyContainerSpec(this.#docker, info, service, image)
        if (!like) return
        await createContainer(this.#docker, { ...like, name: `${containerName(old)}${nextSuffix}` })
        await ctx.output(` Container ${containerName(old)}  Prepared`)
      }),
    )
  }

  /** Stops what runs of these services and starts what should; what was stopped stays until `removeReplaced`. */
  async replace(services: Service[], ctx: StepContext): Promise<void> {
    const began = Date.now()
    const found = await Promise.all(services.map(async (service) => ({ service, there: await this.#there(service) })))
    const done = await Promise.all(found.map(({ service, there }) => this.#exchanged(service, there, ctx)))
    const left = services.filter((_, index) => !done[index])
    if (left.length > 0) await this.#composed(left, ctx)
    if (Date.now() - began < slowSwapMs) return
    for (const one of found.flatMap(({ there }) => there.all).filter(({ State }) => State === 'running')) {
      const seconds = await secondsUntilKilled(this.#docker, one.Id, began)
      if (seconds !== null)
        await ctx.note(
          `${permanentName(containerName(one))} took the whole grace of ${seconds} s to stop: does it handle SIGTERM?`,
        )
    }
  }

  /** Removes what was replaced, and what an interrupted swap left. */
  async removeReplaced(): Promise<void> {
    const all = await listStackContainers(this.#docker, this.#root)
    const there = new Set(all.filter((one) => !hasTemporaryName(one)).map(serviceName))
    await this.#clear(all.filter((one) => hasTemporaryName(one) && there.has(serviceName(one))))
  }

  /** False where there is no container yet that is right. */
  async #exchanged(service: Service, { all, image }: There, ctx: StepContext): Promise<boolean> {
    const good = all.find((one) => matchesService(one, service, image))
    if (!good || service.replicas !== 1) return false
    const name = permanentName(containerName(good))
    const others = all.filter((one) => one !== good)
    await Promise.all(
      others.map((one) => this.#docker.getContainer(one.Id).stop({ abortSignal: ctx.signal }).catch(ignoreNotModified)),
    )
    // Only what a new one takes the place of may have to come back.
    const old = containerName(good).endsWith(nextSuffix) ? others.find((one) => !hasTemporaryName(one)) : undefined
    await this.#clear(others.filter((one) => one !== old))
    if (old) await this.#docker.getContainer(old.Id).rename({ name: `${name}${previousSuffix}` })
    if (hasTemporaryName(good)) await this.#docker.getContainer(good.Id).rename({ name })
    await startContainer(this.#docker, good.Id, service, ctx)
    await ctx.output(` Container ${name}  Started`)
    return true
  }

  async #composed(services: Service[], ctx: StepContext): Promise<void> {
    // Compose would take a container that waits to come or to go for one of its own.
    const all = await Promise.all(services.map((service) => listStackContainers(this.#docker, this.#root, service)))
    await this.#clear(all.flat().filter(hasTemporaryName))
    await this.#compose.createContainers(services, ctx)
    await Promise.all(services.map((service) => this.#start(service, ctx)))
  }

  async #there(service: Service): Promise<There> {
    const [all, image] = await Promise.all([
      listStackContainers(this.#docker, this.#root, service),
      findImageId(this.#docker, service.image),
    ])
    return { all, image }
  }

  async #start(service: Service, ctx: StepContext): Promise<void> {
    for (const one of await listStackContainers(this.#docker, this.#root, service)) {
      if (one.State === 'running') continue
      await startContainer(this.#docker, one.Id, service, ctx)
      await ctx.output(` Container ${containerName(one)}  Started`)
    }
  }

  async #clear(containers: ContainerInfo[]): Promise<void> {
    await Promise.all(
      containers.map(({ Id }) => this.#docker.getContainer(Id).remove({ force: true }).catch(ignoreNotFound)),
    )
  }
}
