// Writes what a plan changes, as the last line of the step `plan` shows it.
import type { ComposePlan, StackSnapshot } from '../interfaces/engine/compose-plan.ts'
import { byComposeText, nothingToSwapText } from '../protocol/step-text.ts'

/**
 * Writes `web, worker replaced; db restarted; redis removed`. Names the container where another number of replicas is all
 * that changes of its service.
 */
export function planText({ plan, snapshot }: { plan: ComposePlan | null; snapshot: StackSnapshot }): string {
  if (!plan) return byComposeText
  const oldServices = new Map(snapshot.containers.map(({ id, service }) => [id, service]))
  const created = new Set(plan.created.map(({ service }) => service))
  const left = plan.removed.flatMap(({ id }) => oldServices.get(id) ?? [])
  const replaced = [...created].filter((service) => left.includes(service))
  const removed = new Set(plan.removed.map(({ id }) => id))
  const staying = new Set(snapshot.containers.filter(({ id }) => !removed.has(id)).map(({ service }) => service))
  const label = ({ service, name }: { service: string; name: string }) => (staying.has(service) ? name : service)
  const added = plan.created.filter(({ service }) => !left.includes(service))
  const gone = snapshot.containers.filter(({ id, service }) => removed.has(id) && !created.has(service))
  const changes: [string, string[]][] = [
    ['created', added.map(label)],
    ['replaced', replaced],
    ['restarted', plan.restarted.flatMap((id) => oldServices.get(id) ?? [])],
    ['removed', gone.map(label)],
  ]
  const texts = changes.filter(([, services]) => services.length > 0)
  return (
    texts.map(([verb, services]) => `${[...new Set(services)].toSorted().join(', ')} ${verb}`).join('; ') ||
    nothingToSwapText
  )
}
