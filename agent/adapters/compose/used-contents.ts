// Lists the contents that services use although compose's configuration hash does not cover them.
import { hash } from 'node:crypto'
import { resolve } from 'node:path'
import * as v from 'valibot'
import type { UsedContent } from '../../interfaces/engine/used-content.ts'
import { parseResolved } from './inputs/resolved-file.ts'

const references = v.optional(v.array(v.object({ source: v.string() })), [])

const service = v.object({
  volumes: v.optional(v.array(v.object({ type: v.string(), source: v.optional(v.string(), '') })), []),
  secrets: references,
  configs: references,
  security_opt: v.optional(v.array(v.string()), []),
})

const definitions = v.optional(
  v.record(
    v.string(),
    v.object({
      file: v.optional(v.string()),
      content: v.optional(v.string()),
      environment: v.optional(v.string()),
    }),
  ),
  {},
)

const volume = v.nullish(v.object({ driver_opts: v.nullish(v.record(v.string(), v.unknown())) }))

/** The parts of `docker compose config --format json` that name contents. */
const schema = v.object({
  services: v.optional(v.record(v.string(), service), {}),
  secrets: definitions,
  configs: definitions,
  volumes: v.optional(v.record(v.string(), volume), {}),
})

type Resolved = v.InferOutput<typeof schema>
type Definition = Resolved['secrets'][string]

/**
 * Returns the contents of each service.
 * @param json output of `docker compose config --format json`.
 * @param hashes service name to its hash, from the file that `addVariableServices` returned.
 */
export function parseUsedContents(
  json: string,
  hashes: Map<string, string>,
  composeFolder: string,
): Map<string, UsedContent[]> {
  const config = v.parse(schema, parseResolved(json))

  const sourceOf = ({ file, content, environment }: Definition): UsedContent['source'] | null => {
    if (content !== undefined) return { digest: hash('sha256', content) }
    if (environment) return { digest: hashes.get(variableService(environment)) ?? '' }
    return file ? { path: resolve(composeFolder, file) } : null
  }
  const defined = (kind: 'secret' | 'config', definition: Definition | undefined, name: string): UsedContent[] => {
    const source = definition && sourceOf(definition)
    return source ? [{ kind, name, source }] : []
  }
  const mounted = (kind: 'mount' | 'seccomp profile', path: string | null): UsedContent[] =>
    path ? [{ kind, name: path, source: { path: resolve(composeFolder, path) } }] : []

  const contents = Object.entries(config.services).map(([name, { volumes, secrets, configs, security_opt }]) => {
    const all = [
      ...volumes.flatMap(({ type, source }) => mounted('mount', mountedPath(config, type, source))),
      ...secrets.flatMap(({ source }) => defined('secret', config.secrets[source], source)),
      ...configs.flatMap(({ source }) => defined('config', config.configs[source], source)),
      ...security_opt.flatMap((option) => mounted('seccomp profile', seccompFile(option))),
    ]
    return [name, all] as const
  })
  return new Map(contents)
}

/** Returns the path on this server that a volume of a service mounts; null for a volume that the engine keeps. */
function mountedPath({ volumes }: Resolved, type: string, source: string): string | null {
  if (type === 'bind') return source
  if (type !== 'volume') return null
  const { o, device } = volumes[source]?.driver_opts ?? {}
  return typeof o === 'string' && o.split(',').includes('bind') && typeof device === 'string' ? device : null
}

/** Returns the profile's file, which compose sends to the engine; null for other options and built-in profiles. */
function seccompFile(option: string): string | null {
  const path = /^seccomp[:=](.+)$/.exec(option)?.[1] ?? null
  return path === 'unconfined' || path === 'builtin' ? null : path
}

/**
 * Adds a service for each variable that a secret or config takes its value from: its configuration hash is a digest of
 * the value, which only compose knows.
 * @param json output of `docker compose config --format json`.
 */
export function addVariableServices(json: string): string {
  const { secrets, configs } = v.parse(schema, JSON.parse(json))
  const definitions = [...Object.values(secrets), ...Object.values(configs)]
  const variables = new Set(definitions.flatMap(({ environment }) => environment ?? []))
  if (variables.size === 0) return json
  const project: { services?: Record<string, unknown> } = JSON.parse(json)
  const added = [...variables].map((name) => [
    variableService(name),
    { image: 'none', environment: { VALUE: `\${${name}-}` } },
  ])
  return JSON.stringify({ ...project, services: { ...project.services, ...Object.fromEntries(added) } })
}

function variableService(variable: string): string {
  return `bpt-variable-${variable}`
}
