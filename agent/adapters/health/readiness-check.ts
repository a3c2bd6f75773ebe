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
}

/** Checks at all addresses: this host reaches a container of several networks not by each. */
export async function checkAtHosts(
  hosts: string[],
  endpoint: Omit<Endpoint, 'host'>,
  signal: AbortSignal,
): Promise<string | null> {
  const decided = new AbortController()
  const either = AbortSignal.any([signal, decided.signal])
  const reasons = hosts.map((host) => checkEndpoint({ host, ...endpoint }, either))
  const answered = reasons.map((reason) => reason.then((text) => text !== null && Promise.reject(new Error(text))))
  try {
    await Promise.any(answered)
    return null
  } catch {
    return (await reasons[0]) ?? null
  } finally {
    decided.abort()
  }
}

/** Returns null if the endpoint answers, else the reason that people read. */
export function checkEndpoint({ path, ...endpoint }: Endpoint, signal: AbortSignal): Promise<string | null> {
  return path === null ? checkTcp(endpoint, signal) : checkHttp({ ...endpoint, path }, signal)
}

function checkTcp({ host, port }: Omit<Endpoint, 'path'>, signal: AbortSignal): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>()
  const socket = connect({ host, port, timeout: answerTimeoutMs, signal })
  socket.once('connect', () => resolve(null))
  socket.once('timeout', () => resolve(`port ${port} ${noAnswerInTime}`))
  socket.once('error', (error) => resolve(`port ${port} ${noAnswer(error)}`))
  return promise.finally(() => socket.destroy())
}

/**
 * Requests the path: a status from 200 to 399 is success, as for Kubernetes' HTTP probes. Does not name the container's
 * address as the host: frameworks with a list of allowed hosts would refuse it.
 */
function checkHttp(
  { host, port, path, hostHeader = 'localhost' }: Endpoint & { path: string },
  signal: AbortSignal,
): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>()
  const headers = { host: hostHeader }
  const request = get({ host, port, path, headers, agent: false, timeout: answerTimeoutMs, signal }, (response) => {
    const { statusCode = 0 } = response
    response.resume()
    resolve(statusCode >= 200 && statusCode < 400 ? null : `${path} answers ${statusCode}`)
  })
  request.once('timeout', () => {
    resolve(`${path} ${noAnswerInTime}`)
    request.destroy()
  })
  request.once('error', (error) => resolve(`${path} ${noAnswer(error)}`))
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

/** Finds the HTTP request in a container's health check command; null if the command has none. */
export function findHealthCheckRequest({
  Config,
}: ContainerInspectInfo): (Omit<Endpoint, 'host'> & { path: string }) | null {
  const command = Config.Healthcheck?.Test?.join(' ') ?? ''
  const url = /\bhttp:\/\/((?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d+))?)(\/[^\s'"`)\\|;&<>]*)?/.exec(
    command,
  )
  return url ? { port: Number(url[2] ?? 80), path: url[3] ?? '/', hostHeader: url[1] ?? 'localhost' } : null
}
