// Lets compose create what is new, and only records each change of what exists.
import { createHash } from 'node:crypto'
import type { EngineClient } from './engine-client.ts'
import type { GuardAnswer, GuardedRequest, GuardRules } from './guard-rules.ts'
import { type CreateBody, createRequest, type PlanRecord } from './plan-record.ts'

const replaceLabel = 'com.docker.compose.replace'

const fullId = /[0-9a-f]{64}/g

const done: GuardAnswer = { status: 204 }

export class GuardedWrites {
  readonly #engine: EngineClient
  readonly #record: PlanRecord
  readonly #rules: GuardRules
  /** The first request that is not known to be harmless; null if there was none. */
  refused: string | null = null

  constructor(engine: EngineClient, record: PlanRecord, rules: GuardRules) {
    this.#engine = engine
    this.#record = record
    this.#rules = rules
  }

  refuse({ method, path }: Pick<GuardedRequest, 'method' | 'path'>): GuardAnswer {
    const request = `${method} ${path}`.replace(fullId, (id) => id.slice(0, 12))
    this.refused ??= request
    return { status: 501, json: { message: `not recorded: ${request}` } }
  }

  /** Returns null for a change that the engine makes now. @param readBody reads the body of the request. */
  async answer(request: GuardedRequest, readBody: () => Promise<Buffer>): Promise<GuardAnswer | null> {
    const { method, path } = request
    if (method === 'POST' && path === '/containers/create') return this.#createContainer(request, await readBody())
    if (method === 'POST' && path === '/networks/create') return this.#addNetwork(request, await readBody())
    if (method === 'POST' && path === '/volumes/create') return this.#addVolume(request, await readBody())
    const network = method === 'POST' && /^\/networks\/([^/]+)\/connect$/.exec(path)?.[1]
    if (network) return this.#connect(network, request, await readBody())
    const [, ref = '', action = ''] = /^\/containers\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? []
    const id = ref && (await this.#findId(ref, request))
    return id ? this.#changeContainer(id, action, request, readBody) : this.refuse(request)
  }

  async #changeContainer(
    id: string,
    action: string,
    request: GuardedRequest,
    readBody: () => Promise<Buffer>,
  ): Promise<GuardAnswer | null> {
    const { method, query } = request
    const created = this.#record.created.get(id)
    if (method === 'PUT' && action === 'archive' && created) {
      created.archives.push({ url: request.url, body: await readBody() })
      return this.#rules.isPretending ? { status: 200 } : null
    }
    if (method === 'DELETE' && !action) {
      // Compose removes a container that the engine does not let it complete.
      if (this.#record.created.delete(id)) return this.#rules.isPretending ? done : null
      this.#record.removed.set(id, ['1', 'true'].includes(query.get('v') ?? ''))
      return done
    }
    const name = query.get('name')
    if (method !== 'POST') return this.refuse(request)
    if (action === 'start') this.#record.started.add(id)
    else if (action === 'stop') this.#stop(id)
    else if (action === 'restart') this.#record.stopped.add(id)
    else if (action === 'rename' && created && name) created.name = name
    else return this.refuse(request)
    return done
  }

  #stop(id: string): void {
    this.#record.stopped.add(id)
    this.#record.started.delete(id)
  }

  async #createContainer(request: GuardedRequest, json: Buffer): Promise<GuardAnswer> {
    const body: CreateBody = JSON.parse(json.toString())
    const givenName = request.query.get('name') ?? ''
    // Compose puts the beginning of the old container's id before the name until it has removed the old container. The
    // label has no id since compose 2.40.
    const [, oldId, ownName = ''] = (replaceLabel in body.Labels && /^([0-9a-f]{12})_(.+)$/.exec(givenName)) || []
    const replaces = oldId ? await this.#findId(oldId, request) : null
    const name = replaces ? ownName : givenName
    const url = new URL(request.url, 'http://engine')
    url.searchParams.delete('name')
    const createUrl = `${url.pathname}${url.search}`
    let id = createHash('sha256').update(givenName).digest('hex')
    if (!this.#rules.isPretending) {
      const creation = createRequest({ createUrl, name, body })
      const answer = await this.#engine.sendJson('POST', creation.url, creation.body)
      const created: { Id: string } = JSON.parse(answer.body.toString())
      if (answer.status !== 201) return { status: answer.status, json: created }
      id = created.Id
    }
    const service = body.Labels['com.docker.compose.service'] ?? ''
    const container = { id, name: givenName, service, replaces, createUrl, body, connections: [], archives: [] }
    this.#record.created.set(id, container)
    return { status: 201, json: { Id: id, Warnings: [] } }
  }

  #connect(network: string, request: GuardedRequest, json: Buffer): GuardAnswer | null {
    const { Container, ...body }: { Container: string } & Record<string, unknown> = JSON.parse(json.toString())
    const created = this.#record.findCreated(Container)
    if (!created) return this.refuse(request)
    created.connections.push({ network, body })
    return this.#rules.isPretending ? { status: 200 } : null
  }

  async #addNetwork(request: GuardedRequest, body: Buffer): Promise<GuardAnswer> {
    const { Name }: { Name: string } = JSON.parse(body.toString())
    const answer = await this.#forward(request, body, { Id: `new-${Name}` })
    if (answer.status === 201) this.#record.networks.push(Name)
    return answer
  }

  async #addVolume(request: GuardedRequest, body: Buffer): Promise<GuardAnswer> {
    const { Name, ...settings }: { Name: string } = JSON.parse(body.toString())
    // Docker also answers 201 for a volume that exists; its content is not the plan's.
    const path = request.url.replace(/\/volumes\/create.*/, `/volumes/${encodeURIComponent(Name)}`)
    const { status } = await this.#engine.send({ method: 'GET', url: path })
    const answer = await this.#forward(request, body, { ...settings, Name })
    if (status === 404 && answer.status === 201) this.#record.volumes.push(Name)
    return answer
  }

  /** Returns the engine's answer. @param pretended the answer if nothing is to be created. */
  async #forward({ method, url }: GuardedRequest, body: Buffer, pretended: object): Promise<GuardAnswer> {
    if (this.#rules.isPretending) return { status: 201, json: pretended }
    const headers = { 'content-type': 'application/json', 'content-length': String(body.length) }
    const answer = await this.#engine.send({ method, url, headers, body })
    return { status: answer.status, json: JSON.parse(answer.body.toString()) }
  }

  /** Returns the id of the container that compose names by an id, its beginning, or a name. */
  async #findId(ref: string, { url }: GuardedRequest): Promise<string | null> {
    const created = this.#record.findCreated(ref)
    if (created) return created.id
    const version = /^\/v\d+\.\d+(?=\/)/.exec(url)?.[0] ?? ''
    const path = `${version}/containers/${encodeURIComponent(ref)}/json`
    const { status, body } = await this.#engine.send({ method: 'GET', url: path })
    if (status !== 200) return null
    const { Id }: { Id: string } = JSON.parse(body.toString())
    return Id
  }
}
