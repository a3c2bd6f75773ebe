// Answers compose's questions about containers and images as if all that it has asked for had happened.
import { isSwapName, nextSuffix } from '../../../../interfaces/engine/compose-plan.ts'
import type { EngineClient } from './engine-client.ts'
import { comparableImageName, type GuardAnswer, type GuardedRequest, type GuardRules } from './guard-rules.ts'
import type { PlanRecord, RecordedContainer } from './plan-record.ts'

const serviceLabel = 'com.docker.compose.service'
const hashLabel = 'com.docker.compose.config-hash'

type Labels = Record<string, string>

interface Summary {
  Id: string
  Names: string[]
  Labels: Labels
  State: string
}

interface Inspected {
  Id: string
  Name: string
  Config: { Labels: Labels | null; Healthcheck?: unknown }
  State: object
}

export class GuardedReads {
  readonly #engine: EngineClient
  readonly #record: PlanRecord
  readonly #rules: GuardRules

  constructor(engine: EngineClient, record: PlanRecord, rules: GuardRules) {
    this.#engine = engine
    this.#record = record
    this.#rules = rules
  }

  /** Returns null for a question that the engine answers itself. */
  async answer(request: GuardedRequest): Promise<GuardAnswer | null> {
    if (request.path === '/containers/json') return this.#listContainers(request)
    const [, kind, ref = ''] = /^\/(containers|images)\/(.+)\/json$/.exec(request.path) ?? []
    if (kind === 'containers') return this.#inspectContainer(ref, request)
    return kind === 'images' ? this.#inspectImage(ref, request) : null
  }

  async #inspectImage(ref: string, { url }: GuardedRequest): Promise<GuardAnswer | null> {
    const { images, inventsImages = false } = this.#rules
    const Id = images.get(comparableImageName(ref))
    if (!Id && !inventsImages) return null
    const answer = await this.#changeAnswer<object>(url, (image) => ({ ...image, ...(Id && { Id }) }))
    const isInvented = answer.status === 404 && inventsImages
    return isInvented ? { status: 200, json: inventImage(ref, Id ?? `sha256:${'0'.repeat(64)}`) } : answer
  }

  async #listContainers({ url, query }: GuardedRequest): Promise<GuardAnswer> {
    const all = new URL(url, 'http://engine')
    // Ask for stopped containers as well: compose may believe that one of them was started.
    all.searchParams.set('all', '1')
    const filters: Record<string, string[] | Labels> = JSON.parse(query.get('filters') || '{}')
    const isAll = ['1', 'true'].includes(query.get('all') ?? '')
    return this.#changeAnswer<Summary[]>(`${all.pathname}${all.search}`, (containers) => {
      const existing = containers
        .filter(({ Id, Names }) => !this.#record.removed.has(Id) && !this.#isInSwap(Id, Names))
        .map((container) => this.#changeSummary(container))
      return [...existing, ...this.#pretendedSummaries(filters)].filter(({ State }) => isAll || State === 'running')
    })
  }

  /** Compose would take a container that a deploy has prepared or set aside for a container of the service. */
  #isInSwap(id: string, names: string[]): boolean {
    if (this.#record.created.has(id)) return false
    return names.some((name) => name.endsWith(nextSuffix) || (this.#rules.isPretending && isSwapName(name)))
  }

  #changeSummary(container: Summary): Summary {
    const created = this.#record.created.get(container.Id)
    return {
      ...container,
      Names: created ? [`/${created.name}`] : container.Names,
      Labels: this.#labels(container.Id, container.Labels),
      State: this.#stateOf(container.Id, container.Labels) ?? container.State,
    }
  }

  /** Returns containers that were not created, although compose believes so. */
  #pretendedSummaries(filters: Record<string, string[] | Labels>): Summary[] {
    if (!this.#rules.isPretending || Object.keys(filters).some((kind) => kind !== 'label')) return []
    const { label = [] } = filters
    const wanted = Array.isArray(label) ? label : Object.keys(label)
    return [...this.#record.created.values()]
      .filter(({ body }) => wanted.every((text) => hasLabel(body.Labels, text)))
      .map((created) => ({
        ...pretend(created),
        Names: [`/${created.name}`],
        Labels: created.body.Labels,
        State: this.#stateOf(created.id, created.body.Labels) ?? 'created',
        Created: Math.floor(Date.now() / 1000),
      }))
  }

  async #inspectContainer(ref: string, { url }: GuardedRequest): Promise<GuardAnswer> {
    const created = this.#record.findCreated(ref)
    if (created && this.#rules.isPretending) return { status: 200, json: this.#changeInspected(pretend(created)) }
    const path = created ? url.replace(/\/containers\/.+\/json/, `/containers/${created.id}/json`) : url
    return this.#changeAnswer<Inspected>(path, (container) => this.#changeInspected(container))
  }

  #changeInspected(container: Inspected): Inspected {
    const { Id, Config } = container
    const Labels = Config.Labels ?? {}
    const created = this.#record.created.get(Id)
    // Compose waits for no container while it is recorded: it gets each in the state that it would wait for.
    const status = this.#rules.jobs ? (this.#isJob(Labels) ? 'exited' : 'running') : this.#stateOf(Id, Labels)
    return {
      ...container,
      Name: created ? `/${created.name}` : container.Name,
      // Compose refuses to wait for the health of a container without a health check.
      Config: { ...Config, Labels: this.#labels(Id, Labels), ...(status && { Healthcheck: Config.Healthcheck ?? {} }) },
      State: status ? awaitedState(status) : container.State,
    }
  }

  #labels(id: string, labels: Labels): Labels {
    const isChanged = this.#rules.recreate.has(labels[serviceLabel] ?? '') && !this.#record.created.has(id)
    return isChanged ? { ...labels, [hashLabel]: 'files have changed' } : labels
  }

  /** Returns null if the container is as the engine says. */
  #stateOf(id: string, labels: Labels): string | null {
    if (this.#record.started.has(id)) return this.#isJob(labels) ? 'exited' : 'running'
    return this.#record.stopped.has(id) ? 'exited' : null
  }

  #isJob(labels: Labels): boolean {
    return this.#rules.jobs?.has(labels[serviceLabel] ?? '') ?? false
  }

  async #changeAnswer<T>(url: string, change: (body: T) => T): Promise<GuardAnswer> {
    const { status, body } = await this.#engine.send({ method: 'GET', url })
    const json = JSON.parse(body.toString())
    return { status, json: status === 200 ? change(json) : json }
  }
}

function hasLabel(labels: Labels, text: string): boolean {
  return Object.entries(labels).some(([name, value]) => text === name || text === `${name}=${value}`)
}

function awaitedState(Status: string): object {
  return { Status, Running: Status === 'running', ExitCode: 0, Health: { Status: 'healthy', Log: [] } }
}

function inventImage(name: string, Id: string): object {
  return { Id, RepoTags: [name], RepoDigests: [], Os: 'linux', Config: {}, RootFS: { Type: 'layers' } }
}

/** Describes a container that was not created as the engine would. */
function pretend({ id, name, body: { HostConfig, NetworkingConfig, ...Config } }: RecordedContainer) {
  const NetworkSettings = { Networks: NetworkingConfig?.EndpointsConfig ?? {} }
  const identity = { Id: id, Name: `/${name}`, Image: Config.Image, ImageID: Config.Image, Mounts: [] }
  return { ...identity, Config, HostConfig, NetworkSettings, State: { Status: 'created', ExitCode: 0 } }
}
