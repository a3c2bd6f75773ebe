// Reads and writes the output of `docker compose config --format json`, which is itself a compose file. Compose doubles
// each `$` in it, also in keys, and reads `$$` in values as `$`.

/** Parses the output; every `$` is as in the containers. */
export function parseResolved(json: string): unknown {
  return JSON.parse(json.replaceAll('$$', '$'))
}

/** Writes a compose file in which some services build images of other names; all paths in it are absolute. */
export function toBuildFile(json: string, images: Record<string, string>): string {
  const file = parseResolved(json) as { services?: Record<string, object> }
  const services = Object.entries(file.services ?? {}).map(([name, service]) => [
    name,
    name in images ? { ...service, image: images[name] } : service,
  ])
  const escapeValue = (_: string, value: unknown) => (typeof value === 'string' ? value.replaceAll('$', '$$$$') : value)
  return JSON.stringify({ ...file, services: Object.fromEntries(services) }, escapeValue)
}
