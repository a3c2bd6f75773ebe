// The engine: compose for what the compose file says, Docker's API for images, health, networks and logs.
import { stat } from 'node:fs/promises'
import { setTimeout as after } from 'node:timers/promises'
import type Docker from 'dockerode'
import type { Engine, Plan, Service } from '../../interfaces/engine.ts'
import { type Hand, limited } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import type { ImageBuilder } from '../build/image-builder.ts'
import type { Compose } from '../compose/compose-cli.ts'
import { gets } from '../docker/container-output.ts'
import { containers } from '../docker/container-status.ts'
import { absent, forget, has, name } from '../docker/images.ts'
import { claim } from '../docker/port-conflicts.ts'
import { Replacement } from '../docker/replace-containers.ts'
import { bare, nameOf } from '../docker/stack-containers.ts'
import { Understudies } from '../docker/standby-containers.ts'
import { type Asked, ready, well } from '../health/wait-healthy.ts'
import { quiet } from '../network/open-connections.ts'
import { reachable } from './engine-away.ts'
import { tie } from './engine-connection.ts'

/**
 * @param root the folder of the compose file: compose marks its containers with it.
 * @param paths the HTTP path by which the configuration says that a service is asked whether it is ready.
 */
export function dockerEngine(
  docker: Docker,
  compose: Compose,
  builder: ImageBuilder,
  root: string,
  paths: (service: string) => string | null,
): Engine {
  let known: Plan | null = null

  const replacement = new Replacement(docker, compose, root)
  const understudies = new Understudies(docker, compose, root)
  const targets = (service: Service) => service.ports.map(({ target }) => target)
  const asked = (service: Service): Asked => ({ ports: targets(service), path: paths(service.name) })

  /** Waits for a service's containers; a failure holds the last lines of the one that fails. */
  async function get(service: Service, wait: (id: string) => Promise<string>, hand: Hand): Promise<string> {
    const found = await replacement.found(service)
    if (found.length === 0 && service.replicas > 0)
      throw Failure.of('unhealthy', { container: service.name, reason: 'compose made no container' })
    const shown = found.map((one) => gets(docker, { id: one.Id, container: nameOf(one) }, wait, hand))
    return (await Promise.all(shown)).join(', ')
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

    claim: (plan) => claim(docker, root, plan.services),

    inputs: (plan) => builder.inputs(plan),
    build: (plan, revision, how, hand) => builder.build(plan, revision, how, hand),
    has: (images) => has(docker, images),
    tag: (plan, images, revision) => name(docker, plan, images, revision),
    point: (plan, images) => name(docker, plan, images),
    tie: (signal) => tie(docker, signal),

    async forget(revisions) {
      return known ? forget(docker, known, revisions) : 0
    },

    trim: (bytes, signal) => compose.trim(bytes, signal),

    async home() {
      const { DockerRootDir }: { DockerRootDir?: string } = await docker.info()
      return DockerRootDir ?? null
    },

    async running(plan) {
      const found = await Promise.all(
        plan.services
          .filter(({ built }) => built)
          .map(async (service) => [service.name, (await replacement.found(service))[0]?.ImageID] as const),
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
      const stale = await replacement.stale(services)
      if (stale.length > 0) await replacement.exchange(stale, hand)
    },

    async quiet(services, most) {
      const end = after(most, undefined, { ref: false })
      const busy = services.map(async (service) => {
        const running = (await replacement.found(service)).filter(({ State }) => State === 'running')
        const inspected = await Promise.all(running.map(({ Id }) => docker.getContainer(Id).inspect().catch(absent)))
        await Promise.all(inspected.map((info) => info && quiet(info.State.Pid, targets(service), most)))
      })
      // Whom nobody could look for gets all of the time.
      await Promise.race([Promise.all(busy).catch(() => end), end])
    },

    stale: (services) => replacement.stale(services),
    prepare: (services, hand) => replacement.prepare(services, hand),
    exchange: (services, hand) => replacement.exchange(services, hand),

    async ready(services, hand) {
      const wait = (service: Service) => (id: string) => ready(docker, id, asked(service), hand.signal)
      await Promise.all(services.map((service) => get(service, wait(service), hand)))
    },

    async understudies(services, patience, hand) {
      const routes = services.map(async (service) => {
        const [real] = await replacement.found(service)
        if (real?.State !== 'running') return []
        const id = await understudies.start(service, bare(nameOf(real)), hand)
        using limit = limited('verify', patience, hand.signal)
        const { signal } = limit
        await gets(docker, { id, container: id }, () => ready(docker, id, asked(service), signal), { ...hand, signal })
        return understudies.routes(service, id)
      })
      return (await Promise.all(routes)).flat()
    },

    async settle() {
      await Promise.all([understudies.dismiss(), replacement.settle()])
    },

    async healthy(services, hand) {
      const wait = (service: Service) => (id: string) => well(docker, id, targets(service), hand.signal)
      return (await Promise.all(services.map((service) => get(service, wait(service), hand)))).join(', ')
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
