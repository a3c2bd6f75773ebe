// Writes the differences between the live release and what runs. Pure functions.
import type { ServiceChange } from '../interfaces/engine/compose-plan.ts'
import { shortHash } from '../protocol/deploy-text.ts'
import type { Failure } from '../protocol/failure.ts'
import type { ContainerStatus, Deploy } from '../protocol/messages.ts'
import { notRestoredText } from '../protocol/outcome-text.ts'
import { dependencyText } from '../protocol/step-text.ts'
import type { StackDifference } from '../releases/plans/live-stack.ts'

/**
 * Writes one sentence for each difference, with the command that ends it.
 * @param difference null if compose has not answered: then only the states of the containers are known.
 */
export function findDrift(
  live: Deploy | null,
  isRestorePending: boolean,
  containers: ContainerStatus[],
  difference: StackDifference | null,
): string[] {
  if (!live) return []
  const { changes = null, problem = null, unneeded = [] } = difference ?? {}
  const deployLive = `bptctl deploy ${shortHash(live.revision)}`
  // Services of inactive profiles are no part of the stack.
  const isPart = ({ service }: ContainerStatus) => changes?.some((change) => change.service === service) ?? true
  const deviations = containers
    .filter((container) => isPart(container) && !unneeded.some(({ name }) => name === container.container))
    .flatMap((container) => describeContainer(container, live) ?? [])
  const told = new Set(deviations.map(({ service }) => service))
  return [
    ...(isRestorePending ? [notRestoredText(live)] : []),
    // The status tells of a missing plugin without compose.
    ...(problem && problem.code !== 'plugin_missing' ? [describeProblem(problem, deployLive)] : []),
    ...deviations.map(({ text }) => text),
    ...(changes ?? []).filter(({ service }) => !told.has(service)).flatMap((change) => describeChange(change, live)),
  ]
}

/** Failures of a compose file that somebody edited on the server: a deploy brings that of the revision back. */
const fileFailures = new Set(['compose_invalid', 'compose_missing', 'nothing_to_deploy'])

/** Any other failure names its own command: a deploy would fail in the same way. */
function describeProblem({ code, message, reason, help }: Failure, deployLive: string): string {
  return help === null || fileFailures.has(code) ? `${reason} Put it right: ${deployLive}` : message
}

/** Returns null for a container that is as recorded. */
function describeContainer(
  { service, container, built, state, image, revisions }: ContainerStatus,
  live: Deploy,
): { service: string; text: string } | null {
  const revision = shortHash(live.revision)
  const deployLive = `bptctl deploy ${revision}`
  if (state === 'paused') return { service, text: `${container} is paused. Let it go on: docker unpause ${container}` }
  if (state !== 'running') {
    const text = `${container} is ${state}, though ${revision} is recorded as live. Start it: ${deployLive}`
    return { service, text }
  }
  if (!built || revisions.includes(live.revision)) return null
  const other = revisions[0] ? shortHash(revisions[0]) : image
  return { service, text: `${container} runs ${other}, not ${revision}. Put it right: ${deployLive}` }
}

const verbs: Record<ServiceChange['change'], string | null> = {
  created: 'create',
  replaced: 'replace',
  removed: 'remove',
  started: 'start',
  // The change of another service is the cause.
  restarted: null,
  stays: null,
}

function describeChange({ service, change, reason }: ServiceChange, live: Deploy): string[] {
  const verb = verbs[change]
  if (verb === null || reason.startsWith(dependencyText([]))) return []
  return [`compose would ${verb} ${service} (${reason}). Put it right: bptctl deploy ${shortHash(live.revision)}`]
}
