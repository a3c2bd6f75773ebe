// Puts a service's container in the place of another: the new one is made first, the old one is kept, stopped, until
// the new one answers. Compose does it where only compose knows how.
import type Docker from 'dockerode'
import type { ContainerInfo } from 'dockerode'
import type { Service } from '../engine.ts'
import { Failure } from '../failure.ts'
import type { Hand } from '../step.ts'
import { clone } from './clone.ts'
import type { Compose } from './compose.ts'
import { absent, imageId } from './images.ts'

/** Ends of the names of a container that is about to come and of one that is about to go. */
const next = '.bpt-next'
const before = '.bpt-before'

/** Seconds that Docker waits after SIGTERM where nobody says otherwise. */
const usualGrace = 10

export class Replacement {
  readonly #docker: Docker
  readonly #compose: Compose
  readonly #root: string

  /** @param root the work tree: compose marks its containers with it. */
  constructor(docker: Docker, compose: Compose, root: string) {
    this.#docker = docker
    this.#compose = compose
    this.#root = root
  }

  /** The container of a service, whatever it runs; null where there is none. */
  async found(service: Service): Promise<ContainerInfo | null> {
    const all = await this.#all(service)
    return all.find((one) => !set(one)) ?? all[0] ?? null
  }

  /** Services whose containers are not what the compose file and its images say now, or do not run. */
  async stale(services: Service[]): Promise<Service[]> {
    const kept = await Promise.all(
      services.map(async (service) => {
        const [all, id] = await Promise.all([this.#all(service), imageId(this.#docker, service.image)])
        const right = all.filter((one) => this.#right(one, service, id) && one.State === 'running' && !set(one))
        return right.length === service.replicas && all.length === service.replicas
      }),
    )
    return services.filter((_, index) => !kept[index])
  }

  /** Makes beforehand what can be made without touching what runs. */
  async prepare(services: Service[], hand: Hand): Promise<void> {
    await Promise.all(
      services.map(async (service) => {
        const [all, id] = await Promise.all([this.#all(service), imageId(this.#docker, service.image)])
        const old = all.find((one) => !set(one))
        if (!old || !id || service.replicas !== 1 || all.some((one) => this.#right(one, service, id))) return
        await this.#clear(all.filter((one) => one !== old))
        const info = await this.#docker.getContainer(old.Id).inspect()
        const made = { image: service.image, id, hash: service.hash, name: `${info.Name.slice(1)}${next}` }
        if (await clone(this.#docker, info, made)) await hand.out(` Container ${info.Name.slice(1)}  Prepared`)
      }),
    )
  }

  /** Stops what runs of these services and starts what should; what was stopped stays until `settle`. */
  async exchange(services: Service[], hand: Hand): Promise<void> {
    const left = await Promise.all(
      services.map(async (service) => ((await this.#swapped(service, hand)) ? null : service)),
    )
    const composed = left.filter((service) => service !== null)
    if (composed.length === 0) return
    // Compose would take a container that waits to come or to go for one of its own.
    for (const service of composed) await this.#clear((await this.#all(service)).filter(set))
    await this.#compose.create(composed, hand)
    await Promise.all(composed.map((service) => this.#start(service, hand)))
  }

  /** Removes what was replaced, and what an interrupted swap left. */
  async settle(): Promise<void> {
    const all = await this.#listed([])
    const services = new Set(all.filter((one) => !set(one)).map(serviceOf))
    await this.#clear(all.filter((one) => set(one) && services.has(serviceOf(one))))
  }

  async #swapped(service: Service, hand: Hand): Promise<boolean> {
    const [all, id] = await Promise.all([this.#all(service), imageId(this.#docker, service.image)])
    const right = all.find((one) => this.#right(one, service, id))
    if (!right || service.replicas !== 1) return false
    const name = all.map(nameOf).map(bare)[0] ?? nameOf(right)
    const others = all.filter((one) => one !== right)
    await Promise.all(others.map((one) => this.#stop(one, hand)))
    // Only what a new one takes the place of may have to come back.
    const old = nameOf(right).endsWith(next) ? others.find((one) => !set(one)) : undefined
    await this.#clear(others.filter((one) => one !== old))
    if (old) await this.#docker.getContainer(old.Id).rename({ name: `${name}${before}` })
    if (set(right)) await this.#docker.getContainer(right.Id).rename({ name })
    await this.#run(right.Id, service, hand)
    await hand.out(` Container ${name}  Started`)
    return true
  }

  async #start(service: Service, hand: Hand): Promise<void> {
    for (const one of await this.#all(service)) {
      if (one.State === 'running') continue
      await this.#run(one.Id, service, hand)
      await hand.out(` Container ${nameOf(one)}  Started`)
    }
  }

  async #run(id: string, service: Service, { signal }: Hand): Promise<void> {
    await this.#docker
      .getContainer(id)
      .start({ abortSignal: signal })
      .catch(started)
      .catch((thrown: unknown) => {
        signal.throwIfAborted()
        const reason = refusal(thrown)
        throw reason === null ? thrown : Failure.of('up_failed', { services: service.name, reason }, thrown)
      })
  }

  async #stop(one: ContainerInfo, hand: Hand): Promise<void> {
    if (one.State !== 'running' && one.State !== 'restarting' && one.State !== 'paused') return
    const began = performance.now()
    const container = this.#docker.getContainer(one.Id)
    await container.stop({ abortSignal: hand.signal }).catch(started)
    const { Config, State } = await container.inspect()
    const { StopTimeout: grace = usualGrace } = Config as { StopTimeout?: number }
    if (State.ExitCode === 137 && performance.now() - began >= grace * 1000)
      await hand.note(`${nameOf(one)} took the whole grace of ${grace} s to stop: does it handle SIGTERM?`)
  }

  #right({ ImageID, Labels }: ContainerInfo, { hash }: Service, id: string | null): boolean {
    return ImageID === id && Labels['com.docker.compose.config-hash'] === hash
  }

  async #clear(containers: ContainerInfo[]): Promise<void> {
    for (const { Id } of containers) await this.#docker.getContainer(Id).remove({ force: true }).catch(absent)
  }

  #all({ name }: Service): Promise<ContainerInfo[]> {
    return this.#listed([`com.docker.compose.service=${name}`])
  }

  #listed(labels: string[]): Promise<ContainerInfo[]> {
    const ours = [`com.docker.compose.project.working_dir=${this.#root}`, 'com.docker.compose.oneoff=False']
    return this.#docker.listContainers({ all: true, filters: { label: [...ours, ...labels] } })
  }
}

function nameOf({ Names }: ContainerInfo): string {
  return Names[0]?.slice(1) ?? ''
}

function serviceOf({ Labels }: ContainerInfo): string {
  return Labels['com.docker.compose.service'] ?? ''
}

/** True for a container that waits to come or to go, of ours or of a compose that was killed. */
function set(one: ContainerInfo): boolean {
  return nameOf(one) !== bare(nameOf(one))
}

/** Compose puts the beginning of the old one's id before the name while it replaces a container. */
function bare(name: string): string {
  return name.replace(/^[0-9a-f]{12}_/, '').replace(/\.bpt-(next|before)$/, '')
}

/** Docker answers so where it is done already: by a restart of its own, or a container that ended by itself. */
function started(thrown: unknown): void {
  if (!(thrown instanceof Error && 'statusCode' in thrown && thrown.statusCode === 304)) throw thrown
}

/** Docker's own words for what it refuses; null where it did not answer. */
function refusal(thrown: unknown): string | null {
  const json = thrown instanceof Error && 'json' in thrown ? thrown.json : null
  return typeof json === 'object' && json !== null && 'message' in json ? String(json.message).trim() : null
}
