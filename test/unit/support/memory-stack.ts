// Keeps the containers of a project in memory: a planner that replaces those with another image, and the acts of a swap.
import type {
  ComposePlan,
  Dependencies,
  ExistingContainer,
  RestartPolicy,
} from '../../../agent/interfaces/engine/compose-plan.ts'
import type { Containers, CurrentContainer } from '../../../agent/interfaces/engine/containers.ts'
import type { ImageIds } from '../../../agent/interfaces/engine/images.ts'
import type { Planner } from '../../../agent/interfaces/engine/planner.ts'
import type { PublishedPort } from '../../../agent/interfaces/published-port.ts'
import { Failure } from '../../../agent/protocol/failure.ts'

export interface MemoryContainer {
  id: string
  name: string
  service: string
  image: string
  isRunning: boolean
  /** Null until it has ended. */
  exitCode: number | null
  starts: number
  restartPolicy: RestartPolicy
  ports: PublishedPort[]
  claims: string[]
}

export interface MemoryService {
  name: string
  ports?: PublishedPort[]
  claims?: string[]
  dependsOn?: Dependencies[string]
  /** Ends with this code as soon as it is started. */
  exitCode?: number
}

const always: RestartPolicy = { Name: 'always' }

/** Records its calls by name in `calls`. */
export class MemoryStack implements Containers, Pick<Planner, 'preparePlan' | 'removePlanned'> {
  readonly calls: string[] = []
  readonly containers: MemoryContainer[] = []
  services: MemoryService[]
  /** Images that the compose file's names refer to; null for a service whose image never changes. */
  readonly current: ImageIds
  /** Called before each act; it may throw. */
  beforeCall: (call: string) => Promise<void> | void = () => {}
  #nextId = 1

  constructor(services: MemoryService[], current: ImageIds) {
    this.services = services
    this.current = current
  }

  /** Runs every service as compose would on an empty server. */
  static running(services: MemoryService[], images: ImageIds): MemoryStack {
    const stack = new MemoryStack(services, images)
    for (const { name, exitCode } of services)
      Object.assign(stack.#create(name, name), {
        isRunning: exitCode === undefined,
        exitCode: exitCode ?? null,
        starts: 1,
      })
    return stack
  }

  /** Images of the running containers by the container's name. */
  get running(): Record<string, string> {
    const running = this.containers.filter(({ isRunning }) => isRunning)
    return Object.fromEntries(running.map(({ name, image }) => [name, image]))
  }

  get dependencies(): Dependencies {
    return Object.fromEntries(this.services.map(({ name, dependsOn }) => [name, dependsOn ?? {}]))
  }

  async preparePlan(): Promise<ComposePlan> {
    await this.#call('plan')
    const outdated = this.services.filter(({ name }) => {
      const container = this.containers.find(({ service }) => service === name)
      return container?.image !== this.#imageOf(name)
    })
    const orphans = this.containers.filter(({ service }) => !this.services.some(({ name }) => name === service))
    const replaced = outdated.flatMap(({ name }) => this.containers.filter(({ service }) => service === name))
    const created = outdated.map(({ name }) => {
      const { id, ports, claims } = this.#create(name, `${name}.bpt-next`)
      const replaces = replaced.find(({ service }) => service === name)?.id ?? null
      return { id, name, service: name, replaces, restartPolicy: always, ports, claims, hasContents: false }
    })
    return {
      created,
      removed: [...replaced, ...orphans].map(({ id }) => ({ id, withVolumes: false })),
      restarted: [],
      networks: [],
      volumes: [],
      dependencies: this.dependencies,
    }
  }

  removePlanned(): Promise<void> {
    return this.remove(this.containers.filter(({ name }) => name.endsWith('.bpt-next')))
  }

  async snapshot(project: string) {
    const containers = this.containers.map(
      ({ id, name, service, isRunning, starts, restartPolicy, ports, claims }): ExistingContainer => ({
        ...{ id, name, service, isRunning, restartPolicy, ports, claims },
        startedAt: String(starts),
        isFailing: false,
        addresses: {},
        dependencies: this.dependencies[service] ?? {},
      }),
    )
    return { project, containers, networks: [] }
  }

  async listCurrent(): Promise<CurrentContainer[]> {
    return this.containers.map(({ id, name, service, isRunning, starts, exitCode }) => ({
      ...{ id, name, service, isRunning },
      startedAt: String(starts),
      ...{ restarts: 0, checkSeconds: 0, isReadyByCheck: true },
      hasSucceeded: exitCode === 0,
      networks: [],
    }))
  }

  async stop(ids: string[]): Promise<void> {
    for (const id of ids) {
      const container = this.#find(id)
      if (!container?.isRunning) continue
      await this.#call(`stop ${container.name}`)
      container.isRunning = false
    }
  }

  async rename(id: string, name: string, restartPolicy: RestartPolicy): Promise<void> {
    const container = this.#find(id)
    if (!container) return
    if (container.name !== name && this.containers.some((other) => other.name === name))
      throw new Error(`the name ${name} is taken`)
    Object.assign(container, { name, restartPolicy })
  }

  async start({ id }: { id: string }): Promise<boolean> {
    const container = this.#find(id)
    if (!container || container.isRunning) return false
    await this.#call(`start ${container.name}`)
    const { exitCode } = this.services.find(({ name }) => name === container.service) ?? {}
    container.starts++
    Object.assign(container, { isRunning: exitCode === undefined, exitCode: exitCode ?? null })
    return true
  }

  async remove(list: { id: string }[]): Promise<void> {
    for (const { id } of list) {
      const index = this.containers.findIndex((container) => container.id === id)
      if (index < 0) continue
      await this.#call(`remove ${this.containers[index]?.name}`)
      this.containers.splice(index, 1)
    }
  }

  async removeNetworks(): Promise<void> {}

  async waitFor({ id }: { id: string }, state: string): Promise<string> {
    const container = this.#find(id)
    await this.#call(`${container?.name} ${state}`)
    const isGood = container?.isRunning || container?.exitCode === 0
    if (!container || !isGood) throw Failure.of('unhealthy', { container: container?.name ?? id, reason: 'it ended' })
    return `${container.name} is ${state}`
  }

  async startStandby(planned: { name: string; ports: PublishedPort[] }) {
    await this.#call(`standby ${planned.name}`)
    return planned.ports.map((port) => ({ port, to: { ip: '10.0.0.2', prefix: 16 }, loopbackPort: null }))
  }

  async removeStandbys(): Promise<void> {
    await this.#call('remove standbys')
  }

  async waitForDrain(containers: { id: string }[]): Promise<void> {
    if (containers.length > 0) await this.#call(`drain ${containers.map(({ id }) => this.#find(id)?.name)}`)
  }

  async #call(call: string): Promise<void> {
    this.calls.push(call)
    await this.beforeCall(call)
  }

  #create(service: string, name: string): MemoryContainer {
    const container: MemoryContainer = {
      ...{ name, service, image: this.#imageOf(service), isRunning: false, exitCode: null, starts: 0 },
      id: String(this.#nextId++),
      restartPolicy: always,
      ports: this.services.find((one) => one.name === service)?.ports ?? [],
      claims: this.services.find((one) => one.name === service)?.claims ?? [],
    }
    this.containers.push(container)
    return container
  }

  #imageOf(service: string): string {
    return this.current[service] ?? 'fixed'
  }

  #find(id: string): MemoryContainer | undefined {
    return this.containers.find((container) => container.id === id)
  }
}
