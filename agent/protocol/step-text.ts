// Writes the remarks and notes about the steps of a deploy, as its log and the journal have them.
import { countText, shortHash } from './deploy-text.ts'
import { durationText } from './log-line.ts'

/** A shorter median comes from deploys that reused images: it says nothing about a build. */
const minUsualBuildMs = 1_000

/** A line of the log has room for about so many. */
const maxStates = 4

export const imagesExistText = 'image exists, not built'
export const nothingToSwapText = 'nothing to swap: same image, same configuration'
export const interruptedText = 'an earlier deploy was interrupted while it replaced its container'
export const goneText = 'the container that ran before no longer exists'
export const disturbedText =
  'somebody else stopped, removed or restarted a container of this swap, such as docker compose by hand; the rest is planned again'

/** @param reason why a container that was started beside the old ones is not ready. */
export function startsAgainText(reason: string): string {
  return `the swap goes on, since the others may be missing: ${reason}`
}

/** Writes `db, web started`. */
export function startedText(services: string[]): string {
  return services.length > 0 ? `${services.toSorted().join(', ')} started` : ''
}

export const byComposeText = 'docker compose makes the change itself'
export function failingBeforeText(container: string): string {
  return `${container} was failing before this deploy, which does not change it: look at bptctl status`
}

export const nothingStoppedText = 'nothing that ran had stopped; the new containers are removed'
export const nothingToPutBackText = 'nothing ran before, so nothing runs now'
export const engineAwayText = 'the Docker engine went away; waiting until it answers again'

/** Writes `14 files changed since deploy 41`. @param liveDeploy its number; null before the first release. */
export function changedFilesText(count: number, liveDeploy: number | null): string {
  return `${countText(count, 'file')} changed${liveDeploy === null ? '' : ` since deploy ${liveDeploy}`}`
}

/** Writes `compose file, 2 secrets, 31 GB free`. */
export function checkedText(secrets: number, spaceText: string): string {
  return ['compose file', ...(secrets > 0 ? [countText(secrets, 'secret')] : []), spaceText].join(', ')
}

export function removalWaitText(revision: string): string {
  return `waits until the old images of ${shortHash(revision)} are removed, and builds then`
}

export function reusedImageText({ deploy, revision }: { deploy: number; revision: string }): string {
  return `image of deploy ${deploy} (${shortHash(revision)}), same sources`
}

export const buildAgainText =
  'the new images are gone already: something removes images, such as docker image prune; building again'

/** Writes `pulled db, cache`; without a pull the remark of the build, or that there is nothing to build. */
export function imagesText(builtText: string | null, pulled: string[]): string {
  const pulledText = pulled.length > 0 ? [`pulled ${pulled.join(', ')}`] : []
  const parts = [...(builtText ? [builtText] : []), ...pulledText]
  return parts.length > 0 ? parts.join('; ') : 'nothing to build'
}

/** Writes `web, worker; usually 7.0 s`. */
export function builtText(services: string[], usualMs: number | null): string {
  const usual = usualMs !== null && usualMs >= minUsualBuildMs ? `; usually ${durationText(usualMs)}` : ''
  return `${services.join(', ')}${usual}`
}

export function createdNetworkText(name: string): string {
  return `created the network ${name}`
}

export function plainSwapText(services: string[], reason: string): string {
  return `swapped by plain: ${services.join(', ')}; connections are refused meanwhile: ${reason}`
}

export function leftoverText(reason: string): string {
  return `left behind until the next swap: ${reason}`
}

/** @param now the container's addresses, and those of the container before. */
export function changedAddressText(service: string, network: string, now: string[], before: string[]): string {
  const change = `${service} has the address ${now.join(', ')} in the network ${network}, before ${before.join(', ')}`
  return `${change}: restart a proxy that looked it up only once, by docker compose restart PROXY`
}

/** @param limitSeconds the limit `verify`. */
export function longCheckText(container: string, checkSeconds: number, limitSeconds: number): string {
  return `${container} is not ready after ${limitSeconds} s, the limit verify; its health check allows ${checkSeconds} s, so it is waited for`
}

/** @param reason how the container ended. */
export function secondStartText(service: string, reason: string): string {
  return `${service} ended while other services were not ready yet, so it is started once more, since it may have missed them: ${reason}`
}

export function optionalJobText(reason: string): string {
  return `the deploy goes on, since no service requires this job: ${reason}`
}

export function addressesNotKeptText(reason: string): string {
  return `containers may get other addresses: ${reason}`
}

/** Writes `web answers /health, worker runs and 3 more`. */
export function statesText(states: string[]): string {
  const shown = states.slice(0, maxStates).join(', ')
  return states.length > maxStates ? `${shown} and ${states.length - maxStates} more` : shown || 'nothing runs'
}

/** @param revision null if it is not known. */
export function putBackText(revision: string | null): string {
  return `${revision ? shortHash(revision) : 'the previous image'} runs again and answers`
}

export function workTreeKeptText(reason: string): string {
  return `the work tree stays as it is until the next deploy: ${reason}`
}

export function plannedKeptText(reason: string): string {
  return `containers that an interrupted attempt has prepared may stay until the next deploy: ${reason}`
}

export function fileNotUsableText(reason: string): string {
  return `the containers run again, but their compose file cannot be used now: ${reason}`
}

/** Writes `build has printed nothing for 60 s (75 s of usually 7.0 s); its last line: RUN npm ci`. */
export function silenceText(
  { step, lastLine, silentMs, tookMs }: { step: string; lastLine: string; silentMs: number; tookMs: number },
  usualMs: number | null,
): string {
  const usual = usualMs === null ? '' : ` of usually ${durationText(usualMs)}`
  const last = lastLine.trim() ? `; its last line: ${lastLine.trim()}` : ''
  return `${step} has printed nothing for ${durationText(silentMs)} (${durationText(tookMs)}${usual})${last}`
}

interface ContentText {
  kind: 'mount' | 'secret' | 'config' | 'seccomp profile'
  name: string
}

/**
 * Writes `conf/nginx.conf and 2 more files, which it mounts, changed` or `the secret db_password changed`.
 * @param files the changed files of a folder; empty if they are not known.
 */
export function changedContentText(
  { kind, name }: ContentText,
  before: { path: string; digest: string },
  after: { path: string; digest: string },
  files: string[],
): string {
  if (kind === 'secret' || kind === 'config') return `the ${kind} ${name} changed`
  const path = after.path || before.path || 'the repository'
  if (kind === 'seccomp profile') return `its seccomp profile ${path} changed`
  const isReplacedFolder = before.digest === after.digest && before.path === after.path
  if (isReplacedFolder) return `the folder ${path}, which it mounts, was removed and created again`
  const more = files.length > 1 ? ` and ${countText(files.length - 1, 'more file')}` : ''
  return `${files[0] ?? path}${more}, which it mounts, changed`
}

export const jobAgainText = 'the job runs again'

/** Writes `it depends on db, cache`, the cause of a service that has not changed itself. */
export function dependencyText(services: string[]): string {
  return `it depends on ${services.join(', ')}`
}

/** Writes `replaces web: nginx.conf, which it mounts, changed`. */
export function replacedText(service: string, cause: string): string {
  return `replaces ${service}: ${cause}`
}

/** Names the event that interrupted a deploy. @param rebooted true if the server was booted since. */
export function interruptionText(rebooted: boolean): string {
  return rebooted ? 'the machine went down' : 'the agent died'
}
