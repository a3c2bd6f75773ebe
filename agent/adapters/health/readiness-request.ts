// Chooses the HTTP request that shows that a container is ready: the configured path, or that of its health check.
import type { ContainerInspectInfo } from 'dockerode'
import type { Endpoint } from './readiness-check.ts'

/** The settings of a service about readiness: the parts of its containers that must answer. */
export interface ReadinessTarget {
  /** The only thing that decides; null if the path, the health check and the ports decide, in this order. */
  ready: 'running' | 'tcp' | 'http' | 'health' | null
  /** The container's ports that must answer; null for all that are published. */
  ports: readonly number[] | null
  path: string | null
  /** The host that requests name; null for that of the health check, or `localhost`. */
  host: string | null
}

export type ReadinessRequest = Omit<Endpoint, 'host'> & { path: string }

/** The part of an inspected container that names its health check. */
interface CheckedContainer {
  Config: Pick<ContainerInspectInfo['Config'], 'Healthcheck' | 'Env'>
}

/** The greatest status that counts as an answer to a path that was configured for this, as for Kubernetes' probes. */
const maxStatusOfPath = 399

/** The same for any other request: a server that refuses it is there, and its own health check decides the rest. */
const maxStatusOfOthers = 499

/** @param targets the ports that are asked. @returns null if no request is known. */
export function chooseRequest(
  info: CheckedContainer,
  { ready, path, host }: ReadinessTarget,
  targets: readonly number[],
): ReadinessRequest | null {
  const derived = findHealthCheckRequest(info)
  const port = targets[0] ?? derived?.port ?? 80
  const hostHeader = host ?? derived?.hostHeader ?? (port === 80 ? 'localhost' : `localhost:${port}`)
  if (path !== null) return { port, path, hostHeader, maxStatus: maxStatusOfPath }
  if (derived) return { ...derived, hostHeader, maxStatus: maxStatusOfOthers }
  return ready === 'http' ? { port, path: '/', hostHeader, maxStatus: maxStatusOfOthers } : null
}

/** Finds the HTTP request in a container's health check command; null if the command has none. */
export function findHealthCheckRequest({
  Config,
}: CheckedContainer): { port: number; path: string; hostHeader: string } | null {
  const command = insertVariables(Config.Healthcheck?.Test?.join(' ') ?? '', Config.Env ?? [])
  const [url, authority = '', port = '80', path = '/'] =
    /\bhttp:\/\/((?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d+))?)(?![\w.:$])(\/[^\s'"`)\\|;&<>]*)?/.exec(
      command,
    ) ?? []
  if (!url) return null
  const named = /(?:-H|--header)[= ]*["']?host:\s*([^\s"']+)/i.exec(command)?.[1]
  return { port: Number(port), path, hostHeader: named ?? authority }
}

/** Replaces `$PORT`, `${PORT}` and `${PORT:-80}` by the values that the container has. */
function insertVariables(command: string, env: readonly string[]): string {
  const values = new Map(env.map((entry) => [entry.split('=', 1)[0], entry.slice(entry.indexOf('=') + 1)]))
  return command.replace(
    /\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})/g,
    (whole, short, name, fallback) => values.get(short ?? name) || fallback || whole,
  )
}
