// Reads and writes the output of `docker compose config --format json`, which is itself a compose file. Compose doubles
// each `$` in it, also in keys, and reads `$$` in values as `$`.

/** Parses the output; every `$` is as in the containers. */
export function parseResolved(json: string): unknown {
  return JSON.parse(json.replaceAll('$$', '$'))
}

/** One build, as it differs from the compose file. */
export interface BuildTarget {
  service: string
  /** The name that the image gets. */
  image: string
  /** Further build contexts: a FROM of such a name takes the image of the context instead. */
  contexts: Record<string, string>
}

/** Writes a compose file for builds; all paths in it are absolute. */
export function toBuildFile(json: string, targets: BuildTarget[]): string {
  const file = parseResolved(json) as { services?: Record<string, { build?: Record<string, unknown> }> }
  const services = Object.entries(file.services ?? {}).map(([name, service]) => {
    const target = targets.find((other) => other.service === name)
    return [name, target ? changeBuild(service, target) : service]
  })
  const escapeValue = (_: string, value: unknown) => (typeof value === 'string' ? value.replaceAll('$', '$$$$') : value)
  return JSON.stringify({ ...file, services: Object.fromEntries(services) }, escapeValue)
}

/**
 * Defines the services that others may depend on, and that compose has left out since their profiles are not active:
 * compose refuses its own output without them.
 */
export function defineOptionalServices(json: string): string {
  const file: { services?: Record<string, { depends_on?: object | null }> } = JSON.parse(json)
  const services = file.services ?? {}
  const named = Object.values(services).flatMap((service) => Object.keys(service.depends_on ?? {}))
  const missing = [...new Set(named)].filter((name) => !(name in services))
  if (missing.length === 0) return json
  const added = Object.fromEntries(missing.map((name) => [name, { image: 'none' }]))
  return JSON.stringify({ ...file, services: { ...services, ...added } })
}

function changeBuild(service: { build?: Record<string, unknown> }, { image, contexts }: BuildTarget): object {
  if (Object.keys(contexts).length === 0) return { ...service, image }
  const { additional_contexts: own = {} } = service.build ?? {}
  return { ...service, image, build: { ...service.build, additional_contexts: { ...(own ?? {}), ...contexts } } }
}
