// Starts and removes standbys: second containers of the new release that serve while the real ones are replaced. A
// standby publishes only random host ports, over which 127.0.0.1 and IPv6 reach it; other connections go to its own
// address.
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'
import type { Service } from '../../interfaces/engine/compose-project.ts'
import type { PublishedPort } from '../../interfaces/published-port.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import type { Route } from '../../interfaces/traffic-gate.ts'
import { Failure } from '../../protocol/failure.ts'
import type { ComposeCli } from '../compose/compose-cli.ts'
import { containerAddress } from '../health/readiness-check.ts'
import { type ContainerSpec, copyContainerSpec, createContainer } from './container-spec.ts'
import { findImageId, ignoreNotFound } from './images.ts'
import { ignoreNotModified, startContainer } from './start-container.ts'

const standbyLabel = 'bpt-deployer.standby'

export class StandbyContainers {
  readonly #docker: Docker
  readonly #compose: ComposeCli

  constructor(docker: Docker, compose: ComposeCli) {
    this.#docker = docker
    this.#compose = compose
  }

  /** Starts a container's standby, or keeps the one that an interrupted swap started; returns its name. */
  async start(service: Service, realName: string, ctx: StepContext): Promise<string> {
    const name = `${realName}.bpt-standby`
    const [existing, imageId] = await Promise.all([
      this.#docker.getContainer(name).inspect().catch(ignoreNotFound),
      findImageId(this.#docker, service.image),
    ])
    if (existing?.State.Running && existing.Image === imageId) return name
    if (existing) await this.#docker.getContainer(name).remove({ force: true }).catch(ignoreNotFound)
    const id = imageId && (await this.#createByApi(service, realName, name, imageId))
    if (id) await startContainer(this.#docker, id, service, ctx)
    else await this.#startByCompose(service, name, ctx)
    await ctx.output(` Container ${name}  Started`)
    return name
  }

  /** Returns the standby's id; null if only compose can create it. */
  async #createByApi(service: Service, realName: string, name: string, imageId: string): Promise<string | null> {
    const real = await this.#docker.getContainer(realName).inspect()
    const spec = await copyContainerSpec(this.#docker, real, service, imageId)
    return spec && createContainer(this.#docker, standbySpec(spec, service, name))
  }

  async #startByCompose(service: Service, name: string, ctx: StepContext): Promise<void> {
    const publish = service.ports.map(({ target, address }) =>
      address ? `${address.family === 6 ? `[${address.ip}]` : address.ip}::${target}` : `${target}`,
    )
    await this.#compose.startExtraContainer(service, { name, publish, label: `${standbyLabel}=${service.name}` }, ctx)
  }

  /** Returns the routes that lead connections to the service's published ports to its standby. */
  async routesTo(service: Service, name: string): Promise<Route[]> {
    const info = await this.#docker.getContainer(name).inspect()
    const to = containerAddress(info)
    if (!to) throw Failure.of('up_failed', { services: service.name, reason: `${name} has no address in any network` })
    return service.ports
      .filter(({ published }) => published !== null)
      .map((port) => ({ port, to, loopbackPort: loopbackPortOf(info, port) }))
  }

  /** Stops and removes all standbys of the stack, those of an interrupted swap as well. */
  async removeAll(): Promise<void> {
    const filters = { label: [standbyLabel, `com.docker.compose.project=${await this.#compose.projectName()}`] }
    const standbys = await this.#docker.listContainers({ all: true, filters })
    await Promise.all(
      standbys.map(async ({ Id }) => {
        const container = this.#docker.getContainer(Id)
        await container.stop().catch(ignoreNotModified).catch(ignoreNotFound)
        await container.remove({ force: true }).catch(ignoreNotFound)
      }),
    )
  }
}

/**
 * Gives the standby the real container's spec with a name, labels and ports of its own. Its networks keep only links,
 * since a fixed address or an alias belongs to the real container.
 */
function standbySpec(spec: ContainerSpec, service: Service, name: string): ContainerSpec {
  const targets = Object.groupBy(service.ports, ({ target }) => `${target}/tcp`)
  const PortBindings = Object.fromEntries(
    Object.entries(targets).map(([target, ports = []]) => [
      target,
      [...new Set(ports.map(({ address }) => address?.ip ?? ''))].map((HostIp) => ({ HostIp, HostPort: '' })),
    ]),
  )
  const networks = Object.entries(spec.networks).map(([network, { Links }]) => [network, { Links }] as const)
  return {
    ...spec,
    name,
    Labels: { ...spec.Labels, 'com.docker.compose.oneoff': 'True', [standbyLabel]: service.name },
    HostConfig: { ...spec.HostConfig, PortBindings, RestartPolicy: { Name: 'no' } },
    networks: Object.fromEntries(networks),
  }
}

function loopbackPortOf({ NetworkSettings }: ContainerInspectInfo, { target, address }: PublishedPort): number | null {
  const bindings = NetworkSettings.Ports[`${target}/tcp`] ?? []
  const binding = bindings.find(({ HostIp }) =>
    address ? HostIp === address.ip : HostIp === '0.0.0.0' || HostIp === '::',
  )
  return binding ? Number(binding.HostPort) : null
}
