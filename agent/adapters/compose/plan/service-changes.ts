// Describes a recorded plan service by service, with the cause of each change in words.
import type { ContainerInfo } from 'dockerode'
import { jobServices, type ServiceChange } from '../../../interfaces/engine/compose-plan.ts'
import type { ComposeProject } from '../../../interfaces/engine/compose-project.ts'
import type { AskOptions } from '../../../interfaces/engine/planner.ts'
import { dependencyText, jobAgainText } from '../../../protocol/step-text.ts'
import { comparableImageName } from './guard/guard-rules.ts'
import type { PlanRecord, RecordedContainer } from './guard/plan-record.ts'

const serviceLabel = 'com.docker.compose.service'
const imageLabel = 'com.docker.compose.image'
const hashLabel = 'com.docker.compose.config-hash'

interface PlanContext {
  project: ComposeProject
  record: PlanRecord
  options: AskOptions
  /** The containers of the project as they are. */
  containers: ContainerInfo[]
}

/** Lists the services of the compose file in its order, then those that are no longer in it. */
export function describeChanges(context: PlanContext): ServiceChange[] {
  const { project, record, containers } = context
  const listed = project.services.map(({ name }) => name)
  const removed = containers.filter(({ Id }) => record.removed.has(Id)).map(serviceOf)
  return [...new Set([...listed, ...removed.toSorted()])].map((service) => describeService(service, context))
}

/** Returns the ids of the images that a deploy would use, by the comparable names of the images. */
export function expectedImages({ services }: ComposeProject, { images }: AskOptions): Map<string, string> {
  const entries = services.flatMap(({ name, image }) => {
    const id = images?.ids[name]
    return id ? [[comparableImageName(image), id] as const] : []
  })
  return new Map(entries)
}

function describeService(service: string, context: PlanContext): ServiceChange {
  const { project, record, containers } = context
  const existing = containers.filter((container) => serviceOf(container) === service)
  const removed = existing.filter(({ Id }) => record.removed.has(Id))
  const created = [...record.created.values()].filter((container) => container.service === service)
  const replacing = created.filter(({ replaces }) => replaces !== null)
  const describe = (change: ServiceChange['change'], causes: string[]): ServiceChange => ({
    ...{ service, change },
    reason: [...new Set(causes)].join(', '),
  })

  if (!project.services.some(({ name }) => name === service))
    return describe('removed', ['no longer in the compose file'])
  if (existing.length === 0 && created.length > 0) return describe('created', ['it has no container yet'])
  const count = existing.length - removed.length + created.length
  const scaling = count === existing.length ? [] : [`replicas ${existing.length} to ${count}`]
  const causes = replacing.flatMap((container) => findCauses(container, context))
  if (replacing.length > 0) return describe('replaced', [...causes, ...scaling])
  if (created.length > 0) return describe('created', scaling)
  if (removed.length > 0) return describe('removed', scaling)
  if (existing.some(({ Id }) => record.stopped.has(Id)))
    return describe('restarted', dependencyCauses(service, context))
  const isJob = jobServices(project.dependencies).has(service)
  const isEnded = existing.some(({ State }) => State === 'exited' || State === 'created')
  if (isEnded && !isJob) return describe('started', ['it does not run'])
  return describe('stays', isEnded && changesContainers(record) ? [jobAgainText] : [])
}

/** True if a deploy does more than to start what is stopped: only then it runs finished jobs again. */
function changesContainers({ created, removed, stopped }: PlanRecord): boolean {
  return created.size + removed.size + stopped.size > 0
}

function findCauses({ service, replaces, body }: RecordedContainer, context: PlanContext): string[] {
  const { project, record, options, containers } = context
  const old = containers.find(({ Id }) => Id === replaces)?.Labels ?? {}
  const { image, isBuilt } = project.services.find(({ name }) => name === service) ?? { image: '', isBuilt: false }
  const hasCode = isBuilt || project.services.some((other) => other.isBuilt && other.image === image)
  const codeCause = options.images?.uncertain.has(service) ? 'is built again' : 'code changed'
  const recreateCause = options.recreate.get(service)
  // A shared namespace is configured by the id of the other container, which is a new one.
  const sharesWithNew = [...record.created.keys()].some((id) => JSON.stringify(body.HostConfig).includes(id))
  const causes = [
    ...(old[imageLabel] === body.Labels[imageLabel] ? [] : [hasCode ? codeCause : 'image changed']),
    ...(old[hashLabel] === body.Labels[hashLabel] || sharesWithNew ? [] : ['configuration changed']),
    ...(recreateCause ? [recreateCause] : []),
  ]
  return causes.length > 0 ? causes : dependencyCauses(service, context)
}

function dependencyCauses(service: string, { project, record, containers }: PlanContext): string[] {
  const changed = new Set([
    ...[...record.created.values()].map((container) => container.service),
    ...containers.filter(({ Id }) => record.removed.has(Id)).map(serviceOf),
  ])
  const dependencies = Object.keys(project.dependencies[service] ?? {}).filter((name) => changed.has(name))
  return dependencies.length > 0 ? [dependencyText(dependencies)] : []
}

function serviceOf({ Labels }: ContainerInfo): string {
  return Labels[serviceLabel] ?? ''
}
