// Turns the output of `docker compose config` into the ComposeProject that a deploy works with.
import * as v from 'valibot'
import type { ComposeProject } from '../../interfaces/engine/compose-project.ts'
import { isAnyAddress, toPublishedPort } from '../../interfaces/published-port.ts'
import { canonicalName } from './image-name.ts'
import { parseResolved } from './inputs/resolved-file.ts'
import { readPlanFacts } from './plan/plan-facts.ts'
import { parseUsedContents } from './used-contents.ts'

const port = v.object({
  target: v.number(),
  published: v.nullish(v.string(), ''),
  host_ip: v.nullish(v.string(), ''),
  protocol: v.nullish(v.string(), 'tcp'),
})

const service = v.object({
  image: v.nullish(v.string()),
  build: v.nullish(v.record(v.string(), v.unknown())),
  pull_policy: v.nullish(v.string(), ''),
  platform: v.nullish(v.string()),
  provider: v.nullish(v.record(v.string(), v.unknown())),
  depends_on: v.nullish(v.record(v.string(), v.unknown()), {}),
  ports: v.nullish(v.array(port), []),
  secrets: v.nullish(v.array(v.object({ source: v.string() })), []),
  scale: v.nullish(v.number()),
  deploy: v.nullish(v.object({ replicas: v.nullish(v.number()) })),
})

/** The parts of `docker compose config --format json` that a deploy needs. */
const schema = v.object({
  name: v.string(),
  services: v.nullish(v.record(v.string(), service), {}),
  secrets: v.nullish(v.record(v.string(), v.object({ file: v.nullish(v.string()) })), {}),
  networks: v.nullish(
    v.record(v.string(), v.nullish(v.object({ name: v.nullish(v.string()), external: v.nullish(v.boolean()) }), {})),
    {},
  ),
})

type Resolved = v.InferOutput<typeof schema>

/**
 * Reads a project from the output of three commands.
 * @param json output of `docker compose config --format json`.
 * @param hashes output of `docker compose config --hash '*'` on the result of `addVariableServices`: a service and its hash on each line.
 * @param version output of `docker compose version --short`.
 * @param composeFolder the folder of the compose file.
 */
export function parseProject(json: string, hashes: string, version: string, composeFolder: string): ComposeProject {
  const config = v.parse(schema, parseResolved(json))
  const configHashes = new Map(hashes.split('\n').map((line) => line.split(' ') as [string, string]))
  const usedContents = parseUsedContents(json, configHashes, composeFolder)
  const usedSecrets = new Set(
    Object.values(config.services).flatMap(({ secrets }) => secrets.map(({ source }) => source)),
  )
  // A program outside of Docker provides such a service: it has neither an image nor a container.
  const withContainers = Object.entries(config.services).filter(([, { provider }]) => !provider)
  return {
    name: config.name,
    services: withContainers.map(([name, { build, platform, pull_policy, ports, scale, deploy }]) => ({
      name,
      isBuilt: isBuilt(config, name),
      builtBy: findBuilder(config, name),
      pullPolicy: pull_policy,
      isReleased: isReleased(config, name),
      image: imageOf(config, name),
      // Compose builds for the platform that the service runs on.
      build: build ? { ...build, ...(platform && { platform }) } : null,
      configHash: configHashes.get(name) ?? '',
      replicas: scale ?? deploy?.replicas ?? 1,
      addresses: [...new Set(ports.map(({ host_ip }) => host_ip).filter((address) => !isAnyAddress(address)))],
      ports: ports
        .filter(({ protocol }) => protocol === 'tcp')
        .map(({ target, published, host_ip }) => toPublishedPort(target, host_ip, published)),
      contents: usedContents.get(name) ?? [],
    })),
    labels: { 'com.docker.compose.project': config.name, 'com.docker.compose.version': upstreamVersion(version) },
    secrets: Object.entries(config.secrets).flatMap(([name, { file }]) => (file && usedSecrets.has(name) ? file : [])),
    networks: Object.values(config.networks).flatMap(({ name, external }) => (external && name ? name : [])),
    ...readPlanFacts(json),
  }
}

/** Returns the version as compose labels containers with it: `2.26.1` for Debian's `2.26.1-4`. */
function upstreamVersion(version: string): string {
  return /\d+\.\d+\.\d+/.exec(version)?.[0] ?? version.trim()
}

function isBuilt({ services }: Resolved, name: string): boolean {
  return (services[name]?.build ?? null) !== null
}

function imageOf({ name: project, services }: Resolved, name: string): string {
  return services[name]?.image ?? `${project}-${name}`
}

/** Finds the service that builds the image; compose compares spellings, which differ for `shop` and `shop:latest`. */
function findBuilder(config: Resolved, name: string): string | null {
  if (isBuilt(config, name)) return name
  const image = canonicalName(imageOf(config, name))
  const isBuilder = (other: string) => isBuilt(config, other) && canonicalName(imageOf(config, other)) === image
  return Object.keys(config.services).find(isBuilder) ?? null
}

function isReleased(config: Resolved, name: string): boolean {
  const { depends_on = {} } = config.services[name] ?? {}
  return findBuilder(config, name) !== null || Object.keys(depends_on).some((other) => isReleased(config, other))
}
