// Reads from the resolved compose file what a record of compose's changes depends on.
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { Dependencies } from '../../../interfaces/engine/compose-plan.ts'
import type { PlanFacts } from '../../../interfaces/engine/compose-project.ts'

/** Keys of a service by which compose acts outside of the engine's API, or inside of running containers. */
const unplannableKeys = ['provider', 'models', 'pre_start', 'post_start', 'pre_stop', 'use_api_socket']

/** Those of them that belong to the start of a container. */
const startHookKeys = ['pre_start', 'post_start']

const dependency = v.object({
  condition: v.optional(
    v.picklist(['service_started', 'service_healthy', 'service_completed_successfully']),
    'service_started',
  ),
  required: v.optional(v.boolean(), true),
  restart: v.optional(v.boolean(), false),
})

const service = v.nullish(
  v.looseObject({
    depends_on: v.nullish(v.record(v.string(), dependency)),
    volumes: v.nullish(v.array(v.object({ type: v.string() }))),
  }),
  {},
)
const source = v.looseObject({})

const schema = v.object({
  services: v.optional(v.record(v.string(), service), {}),
  secrets: v.optional(v.record(v.string(), source), {}),
  configs: v.optional(v.record(v.string(), source), {}),
})

/** @param json output of `docker compose config --format json`. */
export function readPlanFacts(json: string): { dependencies: Dependencies; planFacts: PlanFacts } {
  const { services, secrets, configs } = v.parse(schema, JSON.parse(json))
  const entries = Object.entries(services)
  const dependencies = entries.map(([name, { depends_on }]) => [name, toDependencies(depends_on ?? {})] as const)
  return {
    dependencies: Object.fromEntries(dependencies),
    planFacts: {
      digest: createHash('sha256').update(json).digest('hex'),
      obstacles: entries.flatMap(([name, keys]) =>
        unplannableKeys.filter((key) => isSet(keys[key])).map((key) => `${name} has ${key}`),
      ),
      startHooks: entries.filter(([, keys]) => startHookKeys.some((key) => isSet(keys[key]))).map(([name]) => name),
      mountsImages: entries.some(([, { volumes }]) => volumes?.some(({ type }) => type === 'image')),
      hasInlineContents: [...Object.values(secrets), ...Object.values(configs)].some(
        (keys) => 'environment' in keys || 'content' in keys,
      ),
    },
  }
}

/** Compose's output already contains dependencies that follow from links, shared namespaces and volumes. */
function toDependencies(dependsOn: Record<string, v.InferOutput<typeof dependency>>): Dependencies[string] {
  const entries = Object.entries(dependsOn).map(
    ([name, { condition, required, restart }]) =>
      [name, { condition, isRequired: required, restartsDependent: restart }] as const,
  )
  return Object.fromEntries(entries)
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false
}
