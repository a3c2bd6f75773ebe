// The engine: compose for what the compose file says, Docker's API for images, health, networks and logs.
import { stat } from 'node:fs/promises'
import { setTimeout as after } from 'node:timers/promises'
import type Docker from 'dockerode'
import type { ComposeProject, Engine, Service } from '../../interfaces/engine.ts'
import { type StepContext, withTimeLimit } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import type { ImageBuilder } from '../build/image-builder.ts'
import type { ComposeCli } from '../compose/compose-cli.ts'
import { waitOrLogOutput } from '../docker/container-output.ts'
import { listContainers } from '../docker/container-status.ts'
import { hasImages, ignoreNotFound, removeTags, tagImages } from '../docker/images.ts'
import { assertPortsFree } from '../docker/port-conflicts.ts'
import { ContainerReplacer } from '../docker/replace-containers.ts'
import { containerName, permanentName } from '../docker/stack-containers.ts'
import { StandbyContainers } from '../docker/standby-containers.ts'
import { type ReadinessTarget, waitUntilHealthy, waitUntilReady } from '../health/wait-healthy.ts'
import { waitUntilDisconnected } from '../network/open-connections.ts'
import { reportDockerAway } from './engine-away.ts'
import { connectEngine } from './engine-connection.ts'

/**
 * @param root the folder of the compose file: compose marks its containers with it.
 * @param paths the HTTP path by which the configuration says that a service is asked whether it is ready.
 */
export function createDockerEngine(
  docker: Docker,
  compose: ComposeCli,
  builder: ImageBuilder,
  root: string,
  paths: (service: string) => string | null,
): Engine {
  let known: ComposeProject | null = null

  const replacement = new ContainerReplacer(docker, compose, root)
  const standbys = new StandbyContainers(docker, compose, root)
  const targets = (service: Service) => service.ports.map(({ target }) => target)
  const asked = (service: Service): ReadinessTarget => ({ ports: targets(service), path: paths(service.name) })

  /** Waits for a service's containers; a failure holds the last lines of the one that fails. */
  async function get(service: Service, wait: (id: string) => Promise<string>, ctx: StepContext): Promise<string> {
    const found = await replacement.containersOf(service)
    if (found.length === 0 && service.replicas > 0)
      throw Failure.of('unhealthy', { container: service.name, reason: 'compose made no container' })
    const shown = found.map((one) => waitOrLogOutput(docker, { id: one.Id, container: containerName(one) }, wait, ctx))
    return (await Promise.all(shown)).join(', ')
  }

  const engine: Engine = {
    async readProject(ctx) {
      const project = await compose.readProject(ctx)
      if (!project.services.some(({ isBuilt }) => isBuilt)) throw Failure.of('nothing_to_deploy', {})
      const files = await missing(project.secrets)
      if (files.length > 0) throw Failure.of('secret_missing', { files })
      known = project
      return project
    },

    checkPorts: (project) => assertPortsFree(docker, root, project.services),

    buildInputs: (project) => builder.readInputs(project),
    build: (project, revision, how, ctx) => builder.build(project, revision, how, ctx),
    hasImages: (images) => hasImages(docker, images),
    tagRevision: (project, images, revision) => tagImages(docker, project, images, revision),
    tagCurrent: (project, images) => tagImages(docker, project, images),
    connect: (signal) => connectEngine(docker, signal),

    async removeTags(revisions) {
      return known ? removeTags(docker, known, revisions) : 0
    },

    trimBuildCache: (bytes, signal) => compose.trimBuildCache(bytes, signal),

    async dataDirectory() {
      const { DockerRootDir }: { DockerRootDir?: string } = await docker.info()
      return DockerRootDir ?? null
    },

    async runningImages(project) {
      const found = await Promise.all(
        project.services
          .filter(({ isBuilt: built }) => built)
          .map(async (service) => [service.name, (await replacement.containersOf(service))[0]?.ImageID] as const),
      )
      return Object.fromEntries(found.flatMap(([name, id]) => (id ? [[name, id] as const] : [])))
    },

    async createNetworks(project) {
      const there = new Set((await docker.listNetworks()).map(({ Name }) => Name))
      const created = project.networks.filter((name) => !there.has(name))
      for (const name of created)
        await docker.createNetwork({ Name: name, Driver: 'bridge', CheckDuplicate: true }).catch((thrown: unknown) => {
          throw Failure.of('network_failed', { network: name, reason: String(thrown) }, thrown)
        })
      return created
    },

    async startServices(services, ctx) {
      const stale = await replacement.outdated(services)
      if (stale.length > 0) await replacement.replace(stale, ctx)
    },

    async waitForDrain(services, most) {
      const end = after(most, undefined, { ref: false })
      const busy = services.map(async (service) => {
        const running = (await replacement.containersOf(service)).filter(({ State }) => State === 'running')
        const inspected = await Promise.all(
          running.map(({ Id }) => docker.getContainer(Id).inspect().catch(ignoreNotFound)),
        )
        await Promise.all(
          inspected.map((info) => info && waitUntilDisconnected(info.State.Pid, targets(service), most)),
        )
      })
      // Whom nobody could look for gets all of the time.
      await Promise.race([Promise.all(busy).catch(() => end), end])
    },

    outdatedServices: (services) => replacement.outdated(services),
    prepareContainers: (services, ctx) => replacement.prepare(services, ctx),
    replaceContainers: (services, ctx) => replacement.replace(services, ctx),

    async waitUntilReady(services, ctx) {
      const wait = (service: Service) => (id: string) => waitUntilReady(docker, id, asked(service), ctx.signal)
      await Promise.all(services.map((service) => get(service, wait(service), ctx)))
    },

    async startStandbys(services, patience, ctx) {
      const routes = services.map(async (service) => {
        const [real] = await replacement.containersOf(service)
        if (real?.State !== 'running') return []
        const id = await standbys.start(service, permanentName(containerName(real)), ctx)
        using limit = withTimeLimit('verify', patience, ctx.signal)
        const { signal } = limit
        await waitOrLogOutput(docker, { id, container: id }, () => waitUntilReady(docker, id, asked(service), signal), {
          ...ctx,
          signal,
        })
        return standbys.routesTo(service, id)
      })
      return (await Promise.all(routes)).flat()
    },

    async removeReplaced() {
      await Promise.all([standbys.removeAll(), replacement.removeReplaced()])
    },

    async waitUntilHealthy(services, ctx) {
      const wait = (service: Service) => (id: string) => waitUntilHealthy(docker, id, targets(service), ctx.signal)
      return (await Promise.all(services.map((service) => get(service, wait(service), ctx)))).join(', ')
    },

    async removeServices(services, ctx) {
      await compose.removeContainers(services, ctx)
      for (const { image } of services.filter(({ isBuilt: built }) => built))
        await docker.getImage(image).remove({ noprune: true }).catch(ignoreNotFound)
    },

    listContainers: () => listContainers(docker, root, known),
  }
  return reportDockerAway(engine, docker)
}

async function missing(files: string[]): Promise<string[]> {
  const found = await Promise.all(files.map((file) => stat(file).catch(() => null)))
  return files.filter((_, index) => !found[index]?.isFile() || found[index].size === 0)
}
