// Does a container answer? Asked at its own address: a published port always answers, since Docker's proxy does.
import { connect } from 'node:net'
import type { ContainerInspectInfo } from 'dockerode'

// An import would evaluate all that the module can give, an HTTP client of 15 MB among it that nobody uses.
const { get } = process.getBuiltinModule('node:http')

/** Milliseconds that one answer may take. */
const answerTimeoutMs = 3_000

export interface Endpoint {
  host: string
  port: number
  /** The path of an HTTP request; null where a connection is all that can be asked for. */
  path: string | null
}

/** Null where the place answers, else why it does not. */
export function checkEndpoint({ host, port, path }: Endpoint, signal: AbortSignal): Promise<string | null> {
  return path === null ? refused(host, port, signal) : unwell(host, port, path, signal)
}

function refused(host: string, port: number, signal: AbortSignal): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>()
  const socket = connect({ host, port, timeout: answerTimeoutMs, signal })
  socket.once('connect', () => resolve(null))
  socket.once('timeout', () => resolve(`port ${port} does not answer`))
  socket.once('error', () => resolve(`port ${port} does not answer`))
  return promise.finally(() => socket.destroy())
}

/** As Kubernetes and Docker's own examples have it, 200 to 399 is well. */
function unwell(host: string, port: number, path: string, signal: AbortSignal): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>()
  const request = get({ host, port, path, agent: false, timeout: answerTimeoutMs, signal }, (response) => {
    const { statusCode = 0 } = response
    response.resume()
    resolve(statusCode >= 200 && statusCode < 400 ? null : `${path} answers ${statusCode}`)
  })
  request.once('timeout', () => request.destroy())
  request.once('error', () => resolve(`${path} does not answer`))
  return promise.finally(() => request.destroy())
}

/** The container's address in the first of its networks that gave it one. */
export function containerAddress({ NetworkSettings }: ContainerInspectInfo): { ip: string; prefix: number } | null {
  const found = Object.values(NetworkSettings.Networks).find(({ IPAddress }) => IPAddress)
  return found ? { ip: found.IPAddress, prefix: found.IPPrefixLen } : null
}

/** Port and path of the HTTP request that a container's health check makes of itself; null where none is found. */
export function findHealthCheckRequest({ Config }: ContainerInspectInfo): { port: number; path: string } | null {
  const test = Config.Healthcheck?.Test?.join(' ') ?? ''
  const found = /\bhttp:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d+))?(\/[^\s'"`)\\|;&<>]*)?/.exec(test)
  return found ? { port: Number(found[1] ?? 80), path: found[2] ?? '/' } : null
}
