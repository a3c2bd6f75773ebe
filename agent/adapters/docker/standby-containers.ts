// A second container of the new release, which serves while the real one is replaced. It publishes no port but a door
// that Docker chooses, by which 127.0.0.1 and IPv6 reach it.
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'
import type { Service } from '../../interfaces/engine.ts'
import type { Port } from '../../interfaces/published-port.ts'
import type { Hand } from '../../interfaces/step-context.ts'
import type { Route } from '../../interfaces/traffic-gate.ts'
import { Failure } from '../../protocol/failure.ts'
import type { Compose } from '../compose/compose-cli.ts'
import { addressOf } from '../health/readiness-check.ts'
import { create, likeness } from './container-spec.ts'
import { absent, imageId } from './images.ts'
import { start } from './start-container.ts'

const label = 'bpt-deployer.understudy'

export class Understudies {
  readonly #docker: Docker
  readonly #compose: Compose
  readonly #root: string

  /** @param root the folder of the compose file: compose marks its containers with it. */
  constructor(docker: Docker, compose: Compose, root: string) {
    this.#docker = docker
    this.#compose = compose
    this.#root = root
  }

  /** Starts one for a container, unless an earlier life of the agent did; gives its name. */
  async start(service: Service, real: string, hand: Hand): Promise<string> {
    const name = `${real}.bpt-understudy`
    const [there, image] = await Promise.all([this.#find(name), imageId(this.#docker, service.image)])
    if (there?.State.Running && there.Image === image) return name
    if (there) await this.#docker.getContainer(name).remove({ force: true }).catch(absent)
    const made = image && (await this.#like(service, real, name, image))
    if (made) await start(this.#docker, made, service, hand)
    else await this.#composed(service, name, hand)
    await hand.out(` Container ${name}  Started`)
    return name
  }

  /** Like the real one, but for what there can be only once; null where only compose knows how. */
  async #like(service: Service, real: string, name: string, image: string): Promise<string | null> {
    const like = await likeness(this.#docker, await this.#docker.getContainer(real).inspect(), service, image)
    if (!like) return null
    const doors = Object.groupBy(service.ports, ({ target }) => `${target}/tcp`)
    const PortBindings = Object.fromEntries(
      Object.entries(doors).map(([target, ports = []]) => [
        target,
        [...new Set(ports.map(({ address }) => address?.ip ?? ''))].map((HostIp) => ({ HostIp, HostPort: '' })),
      ]),
    )
    const networks = Object.entries(like.networks).map(([network, { Links }]) => [network, { Links }] as const)
    return create(this.#docker, {
      ...like,
      name,
      Labels: { ...like.Labels, 'com.docker.compose.oneoff': 'True', [label]: service.name },
      HostConfig: { ...like.HostConfig, PortBindings, RestartPolicy: { Name: 'no' } },
      networks: Object.fromEntries(networks),
    })
  }

  async #composed(service: Service, name: string, hand: Hand): Promise<void> {
    const doors = service.ports.map(({ target, address }) =>
      address ? `${address.family === 6 ? `[${address.ip}]` : address.ip}::${target}` : `${target}`,
    )
    await this.#compose.run(service, { name, doors, label: `${label}=${service.name}` }, hand)
  }

  /** The ways to it. */
  async routes(service: Service, name: string): Promise<Route[]> {
    const info = await this.#docker.getContainer(name).inspect()
    const to = addressOf(info)
    if (!to) throw Failure.of('up_failed', { services: service.name, reason: `${name} has no address in a network` })
    return service.ports
      .filter(({ published }) => published !== null)
      .map((port) => ({ port, to, door: doorOf(info, port) }))
  }

  #find(name: string): Promise<ContainerInspectInfo | null> {
    return this.#docker.getContainer(name).inspect().catch(absent)
  }

  /** Stops and removes all of them, those of an earlier life of the agent too. */
  async dismiss(): Promise<void> {
    const filters = { label: [label, `com.docker.compose.project.working_dir=${this.#root}`] }
    const all = await this.#docker.listContainers({ all: true, filters })
    await Promise.all(
      all.map(async ({ Id }) => {
        const container = this.#docker.getContainer(Id)
        await container.stop().catch(stopped)
        await container.remove({ force: true }).catch(absent)
      }),
    )
  }
}

function doorOf({ NetworkSettings }: ContainerInspectInfo, { target, address }: Port): number | null {
  const all = NetworkSettings.Ports[`${target}/tcp`] ?? []
  const binding = all.find(({ HostIp }) => (address ? HostIp === address.ip : HostIp === '0.0.0.0' || HostIp === '::'))
  return binding ? Number(binding.HostPort) : null
}

function stopped(thrown: unknown): null {
  if (thrown instanceof Error && 'statusCode' in thrown && thrown.statusCode === 304) return null
  return absent(thrown)
}
