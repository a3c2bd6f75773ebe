// Writes what a plan changes, as the last line of the step `plan` shows it.
import type { ComposePlan, StackSnapshot } from '../interfaces/engine/compose-plan.ts'
import { byComposeText, nothingToSwapText } from '../protocol/step-text.ts'

/** Writes `web, worker replaced; db restarted; redis removed`. */
export function planText({ plan, snapshot }: { plan: ComposePlan | null; snapshot: StackSnapshot }): string {
  if (!plan) return byComposeText
  const oldServices = new Map(snapshot.containers.map(({ id, service }) => [id, service]))
  const created = new Set(plan.created.map(({ service }) => service))
  const left = plan.removed.flatMap(({ id }) => oldServices.get(id) ?? [])
  const replaced = [...created].filter((service) => left.includes(service))
  const changes: [string, string[]][] = [
    ['created', [...created].filter((service) => !left.includes(service))],
    ['replaced', replaced],
    ['restarted', plan.restarted.flatMap((id) => oldServices.get(id) ?? [])],
    ['removed', [...new Set(left)].filter((service) => !created.has(service))],
  ]
  const texts = changes.filter(([, services]) => services.length > 0)
  return texts.map(([verb, services]) => `${services.toSorted().join(', ')} ${verb}`).join('; ') || nothingToSwapText
}
