// The engine: compose for what the compose file says, Docker's API for images, health, networks and logs.
import { stat } from 'node:fs/promises'
import type Docker from 'dockerode'
import type { Engine, Images, Plan, Service } from '../engine.ts'
import { Failure } from '../failure.ts'
import type { Hand } from '../step.ts'
import type { Compose } from './compose.ts'
import { containers } from './containers.ts'
import { well } from './health.ts'
import { repository } from './image-name.ts'
import { absent, forget, has, imageId, name } from './images.ts'
import { lastLines } from './last-lines.ts'
import { reachable } from './reachable.ts'
import { tie } from './tie.ts'

/** @param root the work tree: compose marks its containers with it. */
export function dockerEngine(docker: Docker, compose: Compose, root: string): Engine {
  let known: Plan | null = null

  const all = (service: Service) => {
    const label = [`com.docker.compose.project.working_dir=${root}`, `com.docker.compose.service=${service.name}`]
    return docker.listContainers({ all: true, filters: { label: [...label, 'com.docker.compose.oneoff=False'] } })
  }
  const mine = async (service: Service) => (await all(service))[0] ?? null

  async function start(service: Service, { signal, out }: Hand): Promise<void> {
    for (const { Id, Names, State } of await all(service)) {
      if (State === 'running') continue
      await docker.getContainer(Id).start({ abortSignal: signal }).catch(started)
      await out(` Container ${Names[0]?.slice(1) ?? service.name}  Started`)
    }
  }

  async function get(service: Service, { signal, note }: Hand): Promise<string> {
    const found = await mine(service)
    const container = found?.Names[0]?.slice(1) ?? service.name
    if (!found) throw Failure.of('unhealthy', { container, reason: 'compose made no container' })
    try {
      return `${container} ${await well(
        docker,
        found.Id,
        service.ports.map(({ target }) => target),
        signal,
      )}`
    } catch (thrown) {
      if (signal.aborted && !(signal.reason instanceof Failure && signal.reason.code === 'too_slow'))
        throw signal.reason
      const why = thrown instanceof Error ? thrown.message : String(thrown)
      const reason = signal.aborted ? `${why}, until its time was over` : why
      await note(`last lines of ${container}:`)
      for (const line of await lastLines(docker, found.Id)) await note(`  ${line}`)
      throw Failure.of('unhealthy', { container, reason }, thrown)
    }
  }

  const engine: Engine = {
    async plan(hand) {
      const plan = await compose.plan(hand)
      if (!plan.services.some(({ built }) => built)) throw Failure.of('nothing_to_deploy', {})
      const files = await missing(plan.secrets)
      if (files.length > 0) throw Failure.of('secret_missing', { files })
      known = plan
      return plan
    },

    async build(plan, revision, hand) {
      const named = (service: Service) => `${repository(service.image)}:${revision}`
      const exit = await compose.build(plan, named, hand)
      if (exit !== 0) throw Failure.of('build_failed', { revision: revision.slice(0, 7), exit })
      const images: Images = {}
      for (const service of plan.services.filter(({ built }) => built)) {
        const id = await imageId(docker, named(service))
        if (!id) throw Failure.of('image_missing', { image: named(service) })
        images[service.name] = id
      }
      return images
    },

    has: (images) => has(docker, images),
    tag: (plan, images, revision) => name(docker, plan, images, revision),
    point: (plan, images) => name(docker, plan, images),
    tie: (signal) => tie(docker, signal),

    async forget(revisions) {
      return known ? forget(docker, known, revisions) : 0
    },

    trim: (bytes) => compose.trim(bytes),

    async home() {
      const { DockerRootDir }: { DockerRootDir?: string } = await docker.info()
      return DockerRootDir ?? null
    },

    async running(plan) {
      const found = await Promise.all(
        plan.services
          .filter(({ built }) => built)
          .map(async (service) => [service.name, (await mine(service))?.ImageID] as const),
      )
      return Object.fromEntries(found.flatMap(([name, id]) => (id ? [[name, id] as const] : [])))
    },

    async network(plan) {
      const there = new Set((await docker.listNetworks()).map(({ Name }) => Name))
      const created = plan.networks.filter((name) => !there.has(name))
      for (const name of created)
        await docker.createNetwork({ Name: name, Driver: 'bridge', CheckDuplicate: true }).catch((thrown: unknown) => {
          throw Failure.of('network_failed', { network: name, reason: String(thrown) }, thrown)
        })
      return created
    },

    async up(services, hand) {
      await compose.create(services, hand)
      await Promise.all(
        services.map((service) =>
          start(service, hand).catch((thrown: unknown) => {
            hand.signal.throwIfAborted()
            const reason = refusal(thrown)
            throw reason === null ? thrown : Failure.of('up_failed', { services: service.name, reason }, thrown)
          }),
        ),
      )
    },

    async healthy(services, hand) {
      return (await Promise.all(services.map((service) => get(service, hand)))).join(', ')
    },

    async remove(services, hand) {
      await compose.remove(services, hand)
      for (const { image } of services.filter(({ built }) => built))
        await docker.getImage(image).remove({ noprune: true }).catch(absent)
    },

    containers: () => containers(docker, root, known),
  }
  return reachable(engine, docker)
}

async function missing(files: string[]): Promise<string[]> {
  const found = await Promise.all(files.map((file) => stat(file).catch(() => null)))
  return files.filter((_, index) => !found[index]?.isFile() || found[index].size === 0)
}

/** Docker answers so where a container that restarts by itself was quicker. */
function started(thrown: unknown): void {
  if (!(thrown instanceof Error && 'statusCode' in thrown && thrown.statusCode === 304)) throw thrown
}

/** Docker's own words for what it refuses; null where it did not answer. */
function refusal(thrown: unknown): string | null {
  const json = thrown instanceof Error && 'json' in thrown ? thrown.json : null
  return typeof json === 'object' && json !== null && 'message' in json ? String(json.message).trim() : null
}
