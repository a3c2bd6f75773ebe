// Keeps the plans of deploys that change only images, so that such a deploy need not start compose. They are recorded
// with stand-in ids of the images that the next deploy will build.
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { ComposeProject } from '../../../../interfaces/engine/compose-project.ts'
import { comparableImageName } from '../guard/guard-rules.ts'
import { PlanRecord, type RecordedContainer } from '../guard/plan-record.ts'
import type { StackState } from './stack-state.ts'

/** With more built images only plans for all of them and for none are kept: each record costs a third of a second. */
const maxSingleImages = 4

/** Records without changes of the engine, with other ids of these images; null if compose cannot be asked. */
export type PretendPlan = (images: ReadonlyMap<string, string>) => Promise<PlanRecord | null>

export interface KeptPlans {
  state: StackState
  /** By the names of the images that change. */
  records: Map<string, PlanRecord>
}

/** Returns null if no plan can be kept. */
export async function recordKeptPlans(
  project: ComposeProject,
  readState: () => Promise<StackState>,
  pretend: PretendPlan,
): Promise<KeptPlans | null> {
  if (project.planFacts.mountsImages) return null
  const state = await readState()
  const unchanged = await pretend(new Map())
  if (unchanged === null || !isEmptyRecord(unchanged)) return null
  const records = new Map([['', unchanged]])
  for (const names of listChanges(project)) {
    const record = await pretend(new Map(names.map((name) => [name, standInId(name)])))
    if (record && isReusable(record)) records.set(names.join(' '), record)
  }
  // A change by hand while compose was asked belongs to none of the records.
  return (await readState()).key === state.key ? { state, records } : null
}

/** True if the stack and the images are as they were when the plans were recorded. */
export function areKeptFor({ state }: KeptPlans, current: StackState): boolean {
  return isDeepStrictEqual(state, current)
}

/** Returns the plan for the images as they are now; null if none was kept for them. */
export function findKeptPlan({ state, records }: KeptPlans, current: StackState): PlanRecord | null {
  if (current.key !== state.key || current.images.size !== state.images.size) return null
  const changed = [...current.images].filter(([name, { id }]) => state.images.get(name)?.id !== id)
  if (changed.some(([name, { volumes }]) => state.images.get(name)?.volumes !== volumes)) return null
  const names = changed.map(([name]) => name).toSorted()
  const record = records.get(names.join(' '))
  return record ? insertIds(record, new Map(changed.map(([name, { id }]) => [standInId(name), id]))) : null
}

/** Lists the sets of images for which plans are kept. */
function listChanges({ services }: ComposeProject): string[][] {
  const built = services.filter(({ isBuilt }) => isBuilt).map(({ image }) => comparableImageName(image))
  const names = [...new Set(built)].toSorted()
  const single = names.length > 1 && names.length <= maxSingleImages ? names.map((name) => [name]) : []
  return names.length > 0 ? [names, ...single] : []
}

function isEmptyRecord({ created, removed, stopped, networks, volumes }: PlanRecord): boolean {
  return [created.size, removed.size, stopped.size, networks.length, volumes.length].every((count) => count === 0)
}

/** False for a plan with contents or with the id of a container that does not exist yet: both differ the next time. */
function isReusable({ created, networks, volumes }: PlanRecord): boolean {
  const bodies = JSON.stringify([...created.values()].map(({ body, connections }) => [body, connections]))
  return (
    networks.length === 0 &&
    volumes.length === 0 &&
    [...created.values()].every(
      ({ id, replaces, archives }) => replaces !== null && archives.length === 0 && !bodies.includes(id),
    )
  )
}

function insertIds(record: PlanRecord, ids: Map<string, string>): PlanRecord {
  const result = new PlanRecord()
  for (const [id, withVolumes] of record.removed) result.removed.set(id, withVolumes)
  for (const id of record.stopped) result.stopped.add(id)
  for (const container of record.created.values()) {
    const text = [...ids].reduce((json, [from, to]) => json.replaceAll(from, to), JSON.stringify(container.body))
    const body: RecordedContainer['body'] = JSON.parse(text)
    result.created.set(container.id, { ...container, body })
  }
  return result
}

function standInId(image: string): string {
  return `sha256:${createHash('sha256').update(`stand-in of ${image}`).digest('hex')}`
}
