// Collects the changes that compose asks for, and gives them as a plan.
import {
  type ComposePlan,
  type Dependencies,
  nextSuffix,
  type PlannedContainer,
  type RestartPolicy,
} from '../../../../interfaces/engine/compose-plan.ts'
import { type PublishedPort, toPublishedPort } from '../../../../interfaces/published-port.ts'
import { listClaims } from '../container-claims.ts'

export interface PortBinding {
  HostIp?: string
  HostPort?: string
}

interface Endpoint {
  IPAMConfig?: { IPv4Address?: string; IPv6Address?: string } | null
  [key: string]: unknown
}

/** The body of `POST /containers/create`, as compose wrote it. */
export interface CreateBody {
  Image: string
  Labels: Record<string, string>
  HostConfig: {
    PortBindings?: Record<string, PortBinding[] | null> | null
    RestartPolicy?: RestartPolicy
    Binds?: string[] | null
    Mounts?: { Type?: string; Source?: string; ReadOnly?: boolean }[] | null
    NetworkMode?: string
    [key: string]: unknown
  }
  NetworkingConfig?: { EndpointsConfig?: Record<string, Endpoint | null> | null }
  Healthcheck?: unknown
  [key: string]: unknown
}

export interface RecordedContainer {
  /** An invented id if the container was not created. */
  id: string
  name: string
  service: string
  /** Id of the container that it replaces. */
  replaces: string | null
  /** Path and query of the request that creates it, without its name. */
  createUrl: string
  body: CreateBody
  /** Networks beyond those of the body: engines before API 1.44 accept one there. */
  connections: { network: string; body: Record<string, unknown> }[]
  /** Contents of secrets and configurations. */
  archives: { url: string; body: Buffer }[]
}

export class PlanRecord {
  /** By their ids. */
  readonly created = new Map<string, RecordedContainer>()
  /** Ids of removed containers; true if their anonymous volumes are removed as well. */
  readonly removed = new Map<string, boolean>()
  readonly stopped = new Set<string>()
  readonly started = new Set<string>()
  readonly networks: string[] = []
  readonly volumes: string[] = []

  /** @param ref an id or a name, as compose uses both. */
  findCreated(ref: string): RecordedContainer | null {
    return this.created.get(ref) ?? [...this.created.values()].find(({ name }) => name === ref) ?? null
  }

  toPlan(dependencies: Dependencies): ComposePlan {
    return {
      created: [...this.created.values()].map(toPlannedContainer),
      removed: [...this.removed].map(([id, withVolumes]) => ({ id, withVolumes })),
      restarted: [...this.stopped].filter((id) => !this.removed.has(id)),
      networks: this.networks,
      volumes: this.volumes,
      dependencies,
    }
  }
}

function toPlannedContainer({ id, name, service, replaces, body, archives }: RecordedContainer): PlannedContainer {
  const { PortBindings, RestartPolicy } = body.HostConfig
  const endpoints = Object.entries(body.NetworkingConfig?.EndpointsConfig ?? {})
  const addresses = endpoints.map(([network, endpoint]) => [network, configuredAddresses(endpoint?.IPAMConfig)])
  return {
    ...{ id, name, service, replaces },
    restartPolicy: RestartPolicy?.Name ? RestartPolicy : { Name: 'no' },
    ports: Object.entries(PortBindings ?? {}).flatMap(([target, bindings]) => toPublishedPorts(target, bindings ?? [])),
    claims: listClaims(body.HostConfig, Object.fromEntries(addresses)),
    hasContents: archives.length > 0,
  }
}

/** Returns the body and the URL that create the container under its temporary name, without a restart policy. */
export function createRequest({ createUrl, name, body }: Pick<RecordedContainer, 'createUrl' | 'name' | 'body'>): {
  url: string
  body: CreateBody
} {
  const url = new URL(createUrl, 'http://engine')
  url.searchParams.set('name', `${name}${nextSuffix}`)
  return {
    url: `${url.pathname}${url.search}`,
    body: { ...body, HostConfig: { ...body.HostConfig, RestartPolicy: { Name: 'no' } } },
  }
}

function configuredAddresses(config: Endpoint['IPAMConfig']): string[] {
  return [config?.IPv4Address ?? '', config?.IPv6Address ?? ''].filter(Boolean)
}

/** @param target the container's port, such as `80/tcp`. */
function toPublishedPorts(target: string, bindings: PortBinding[]): PublishedPort[] {
  const [port, protocol = 'tcp'] = target.split('/')
  if (protocol !== 'tcp') return []
  return bindings.map(({ HostIp = '', HostPort = '' }) => toPublishedPort(Number(port), HostIp, HostPort))
}
