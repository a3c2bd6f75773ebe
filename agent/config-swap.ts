// The table `swap` of the configuration: how containers are replaced, and what must answer before they count as ready.
import * as v from 'valibot'
import { isTable } from './config-problem.ts'
import { seconds, table } from './config-values.ts'

/** `understudy` is the name that `standby` had in earlier versions; configuration files with it stay valid. */
const strategy = v.pipe(
  v.picklist(['hold', 'standby', 'plain', 'understudy'], 'must be hold, standby or plain'),
  v.transform((name) => (name === 'understudy' ? 'standby' : name)),
)
const readiness = v.picklist(['running', 'tcp', 'http', 'health'], 'must be running, tcp, http or health')
const isPortNumber = (port: number) => Number.isInteger(port) && port > 0 && port < 65_536
const containerPorts = v.array(v.pipe(v.number(), v.check(isPortNumber, 'must be a port number')))
const httpPath = v.pipe(v.string(), v.regex(/^\/\S*$/, 'must begin with / and have no spaces'))
const hostName = v.pipe(
  v.string(),
  v.regex(/^(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/, 'must be a host name, without http:// and path'),
)

/** Keys of a service that have no effect beside a value of `ready`. */
const uselessKeys = {
  running: ['path', 'ports', 'host'],
  tcp: ['path', 'host'],
  http: [],
  health: ['path', 'ports', 'host'],
} as const

const serviceKeys = v.strictObject({
  strategy: v.optional(strategy),
  /** The only thing that shows that a new release is ready; by default the health check and the ports decide. */
  ready: v.optional(readiness),
  path: v.optional(httpPath),
  /** The container's ports that must answer before a release is ready; by default all published TCP ports. */
  ports: v.optional(containerPorts),
  /** The host that requests name, for apps that answer only some names. */
  host: v.optional(hostName),
})

const serviceTable = v.pipe(
  v.custom<v.InferInput<typeof serviceKeys>>(isTable),
  serviceKeys,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const { ready, ports } = dataset.value
    if (!ready) return
    const useless = uselessKeys[ready].filter((key) => dataset.value[key] !== undefined)
    if (useless.length > 0)
      addIssue({ message: `ready = "${ready}" does not use ${useless.join(' and ')}: remove one of the two` })
    if (ready === 'tcp' && ports?.length === 0) addIssue({ message: 'ready = "tcp" needs at least one port in ports' })
  }),
)

export const swapTable = table({
  strategy: v.optional(strategy, 'hold'),
  /** HTTP path that shows that a new release is ready, requested at the container's own address. */
  path: v.optional(httpPath),
  /** Longest time in seconds that new connections are held; after that they are refused. */
  hold: seconds(90),
  /** Settings of single services, by name. */
  services: v.optional(v.pipe(v.custom<Record<string, object>>(isTable), v.record(v.string(), serviceTable)), {}),
})

/**
 * Returns what must answer before a container of the service counts as ready; null for what is not configured.
 * @param isReleased true if `swap.path`, which is not for databases and the like, applies to the service.
 */
export function readinessOf({ path, services }: v.InferOutput<typeof swapTable>, service: string, isReleased: boolean) {
  const own = services[service]
  const usesPath = own?.ready === undefined || own.ready === 'http'
  return {
    ready: own?.ready ?? null,
    path: own?.path ?? (isReleased && usesPath ? path : null) ?? null,
    ports: own?.ports ?? null,
    host: own?.host ?? null,
  }
}
