// Checks once whether a container answers, at its own address: Docker's proxy accepts connections to a published port
// even if no process listens in the container.
import { connect } from 'node:net'
import type { ContainerInspectInfo } from 'dockerode'

// An import would evaluate every export of the module, among them an HTTP client of 15 MB that the agent does not use.
const { get } = process.getBuiltinModule('node:http')

const answerTimeoutMs = 3_000
const noAnswerInTime = `does not answer within ${answerTimeoutMs / 1000} s`

export interface Endpoint {
  host: string
  port: number
  /** The path of an HTTP request; null for a TCP connection alone. */
  path: string | null
  /** The host that the request names; `localhost` by default. */
  hostHeader?: string
  /** The greatest status of a good answer; by default 399. */
  maxStatus?: number
}

/** The reason why an endpoint does not answer as it should. */
export interface EndpointProblem {
  reason: string
  /** The port that gives no answer at all, if that is the reason. */
  silentPort?: number
  /** The host that the request named, if the app may refuse requests that name it. */
  refusedHost?: string
}

/** Answers to a host that is not allowed: 400 of Django, 403 of Rails and Vite, 421 of HTTP itself. */
const hostRefusals = new Set([400, 403, 421])

/** Checks at all addresses: this host reaches a container of several networks not by each. */
export async function checkAtHosts(
  hosts: string[],
  endpoint: Omit<Endpoint, 'host'>,
  signal: AbortSignal,
): Promise<EndpointProblem | null> {
  const decided = new AbortController()
  const either = AbortSignal.any([signal, decided.signal])
  const problems = hosts.map((host) => checkEndpoint({ host, ...endpoint }, either))
  const answered = problems.map((problem) => problem.then((it) => it !== null && Promise.reject(new Error(it.reason))))
  try {
    await Promise.any(answered)
    return null
  } catch {
    const all = await Promise.all(problems)
    // An answer at one address says more than the silence at another one.
    return all.find((problem) => problem?.silentPort === undefined) ?? all[0] ?? null
  } finally {
    decided.abort()
  }
}

/** Returns null if the endpoint answers. */
export function checkEndpoint({ path, ...endpoint }: Endpoint, signal: AbortSignal): Promise<EndpointProblem | null> {
  return path === null ? checkTcp(endpoint, signal) : checkHttp({ ...endpoint, path }, signal)
}

function checkTcp({ host, port }: Omit<Endpoint, 'path'>, signal: AbortSignal): Promise<EndpointProblem | null> {
  const { promise, resolve } = Promise.withResolvers<EndpointProblem | null>()
  const socket = connect({ host, port, timeout: answerTimeoutMs, signal })
  const resolveSilent = (text: string) => resolve({ reason: `port ${port} ${text}`, silentPort: port })
  socket.once('connect', () => resolve(null))
  socket.once('timeout', () => resolveSilent(noAnswerInTime))
  socket.once('error', (error) => resolveSilent(noAnswer(error)))
  return promise.finally(() => socket.destroy())
}

/**
 * Requests the path. Does not name the container's address as the host: frameworks with a list of allowed hosts would
 * refuse it.
 */
function checkHttp(
  { host, port, path, hostHeader = 'localhost', maxStatus = 399 }: Endpoint & { path: string },
  signal: AbortSignal,
): Promise<EndpointProblem | null> {
  const { promise, resolve } = Promise.withResolvers<EndpointProblem | null>()
  const headers = { host: hostHeader, 'user-agent': 'bpt-deployer' }
  const request = get({ host, port, path, headers, agent: false, timeout: answerTimeoutMs, signal }, (response) => {
    const { statusCode = 0 } = response
    response.resume()
    if (statusCode >= 200 && statusCode <= maxStatus) return resolve(null)
    const answer = `${path} answers ${statusCode}`
    if (!hostRefusals.has(statusCode)) return resolve({ reason: answer })
    resolve({ reason: `${answer} to Host ${hostHeader}`, refusedHost: hostHeader })
  })
  const resolveSilent = (text: string) => resolve({ reason: `${path} ${text}`, silentPort: port })
  request.once('timeout', () => {
    resolveSilent(noAnswerInTime)
    request.destroy()
  })
  request.once('error', (error) => resolveSilent(noAnswer(error)))
  return promise.finally(() => request.destroy())
}

function noAnswer({ code }: NodeJS.ErrnoException): string {
  if (code === 'ECONNREFUSED') return 'does not answer (connection refused)'
  if (code === 'ECONNRESET') return 'does not answer (connection reset)'
  return code?.startsWith('E') ? `does not answer (${code})` : 'does not answer'
}

/** Returns the container's address in the first of its networks that gave it one. */
export function containerAddress({ NetworkSettings }: ContainerInspectInfo): { ip: string; prefix: number } | null {
  const network = Object.values(NetworkSettings.Networks).find(({ IPAddress }) => IPAddress)
  return network ? { ip: network.IPAddress, prefix: network.IPPrefixLen } : null
}

/** Lists the addresses at which this host may reach the container: IPv6 ones only if there are no others. */
export function reachableHosts({ HostConfig, NetworkSettings }: ContainerInspectInfo): string[] {
  if (HostConfig.NetworkMode === 'host') return ['127.0.0.1']
  const networks = Object.values(NetworkSettings.Networks)
  const ipv4 = networks.map(({ IPAddress }) => IPAddress).filter(Boolean)
  return ipv4.length > 0 ? ipv4 : networks.map(({ GlobalIPv6Address }) => GlobalIPv6Address).filter(Boolean)
}

/** Lists the container's TCP ports that Docker publishes now: it publishes none in networks such as `macvlan`. */
export function publishedTargets({ NetworkSettings }: ContainerInspectInfo): number[] {
  const published = Object.entries(NetworkSettings.Ports ?? {}).filter(([, bindings]) => bindings?.length)
  return tcpTargets(published.map(([key]) => key))
}

/** Lists the TCP ports of keys such as `80/tcp`. */
export function tcpTargets(keys: string[]): number[] {
  return keys.filter((key) => key.endsWith('/tcp')).map((key) => Number.parseInt(key, 10))
}
