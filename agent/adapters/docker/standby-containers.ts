// A second container of the new release, which serves while the real one is replaced. It publishes no port but a door
// that Docker chooses, by which 127.0.0.1 and IPv6 reach it.
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'
import type { Service } from '../../interfaces/engine/compose-project.ts'
import type { PublishedPort } from '../../interfaces/published-port.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import type { Route } from '../../interfaces/traffic-gate.ts'
import { Failure } from '../../protocol/failure.ts'
import type { ComposeCli } from '../compose/compose-cli.ts'
import { containerAddress } from '../health/readiness-check.ts'
import { copyContainerSpec, createContainer } from './container-spec.ts'
import { findImageId, ignoreNotFound } from './images.ts'
import { startContainer } from './start-container.ts'

const label = 'bpt-deployer.standby'

export class StandbyContainers {
  readonly #docker: Docker
  readonly #compose: ComposeCli
  readonly #root: string

  /** @param root the folder of the compose file: compose marks its containers with it. */
  constructor(docker: Docker, compose: ComposeCli, root: string) {
    this.#docker = docker
    this.#compose = compose
    this.#root = root
  }

  /** Starts one for a container, unless an earlier life of the agent did; gives its name. */
  async start(service: Service, real: string, ctx: StepContext): Promise<string> {
    const name = `${real}.bpt-standby`
    const [there, image] = await Promise.all([this.#find(name), findImageId(this.#docker, service.image)])
    if (there?.State.Running && there.Image === image) return name
    if (there) await this.#docker.getContainer(name).remove({ force: true }).catch(ignoreNotFound)
    const made = image && (await this.#like(service, real, name, image))
    if (made) await startContainer(this.#docker, made, service, ctx)
    else await this.#composed(service, name, ctx)
    await ctx.output(` Container ${name}  Started`)
    return name
  }

  /** Like the real one, but for what there can be only once; null where only compose knows how. */
  async #like(service: Service, real: string, name: string, image: string): Promise<string | null> {
    const like = await copyContainerSpec(this.#docker, await this.#docker.getContainer(real).inspect(), service, image)
    if (!like) return null
    const doors = Object.groupBy(service.ports, ({ target }) => `${target}/tcp`)
    const PortBindings = Object.fromEntries(
      Object.entries(doors).map(([target, ports = []]) => [
        target,
        [...new Set(ports.map(({ address }) => address?.ip ?? ''))].map((HostIp) => ({ HostIp, HostPort: '' })),
      ]),
    )
    const networks = Object.entries(like.networks).map(([network, { Links }]) => [network, { Links }] as const)
    return createContainer(this.#docker, {
      ...like,
      name,
      Labels: { ...like.Labels, 'com.docker.compose.oneoff': 'True', [label]: service.name },
      HostConfig: { ...like.HostConfig, PortBindings, RestartPolicy: { Name: 'no' } },
      networks: Object.fromEntries(networks),
    })
  }

  async #composed(service: Service, name: string, ctx: StepContext): Promise<void> {
    const publish = service.ports.map(({ target, address }) =>
      address ? `${address.family === 6 ? `[${address.ip}]` : address.ip}::${target}` : `${target}`,
    )
    await this.#compose.startExtraContainer(service, { name, publish, label: `${label}=${service.name}` }, ctx)
  }

  /** The ways to it. */
  async routesTo(service: Service, name: string): Promise<Route[]> {
    const info = await this.#docker.getContainer(name).inspect()
    const to = containerAddress(info)
    if (!to) throw Failure.of('up_failed', { services: service.name, reason: `${name} has no address in a network` })
    return service.ports
      .filter(({ published }) => published !== null)
      .map((port) => ({ port, to, loopbackPort: loopbackPortOf(info, port) }))
  }

  #find(name: string): Promise<ContainerInspectInfo | null> {
    return this.#docker.getContainer(name).inspect().catch(ignoreNotFound)
  }

  /** Stops and removes all of them, those of an earlier life of the agent too. */
  async removeAll(): Promise<void> {
    const filters = { label: [label, `com.docker.compose.project.working_dir=${this.#root}`] }
    const all = await this.#docker.listContainers({ all: true, filters })
    await Promise.all(
      all.map(async ({ Id }) => {
        const container = this.#docker.getContainer(Id)
        await container.stop().catch(stopped)
        await container.remove({ force: true }).catch(ignoreNotFound)
      }),
    )
  }
}

function loopbackPortOf({ NetworkSettings }: ContainerInspectInfo, { target, address }: PublishedPort): number | null {
  const all = NetworkSettings.Ports[`${target}/tcp`] ?? []
  const binding = all.find(({ HostIp }) => (address ? HostIp === address.ip : HostIp === '0.0.0.0' || HostIp === '::'))
  return binding ? Number(binding.HostPort) : null
}

function stopped(thrown: unknown): null {
  if (thrown instanceof Error && 'statusCode' in thrown && thrown.statusCode === 304) return null
  return ignoreNotFound(thrown)
}
