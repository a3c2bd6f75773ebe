// Writes texts about deploys for logs, notes, the journal and systemd's status line.
import { clockText, durationText } from './log-line.ts'
import type { Availability, Deploy } from './messages.ts'

/** Milliseconds without output after which the status line mentions the silence. */
const mentionAfterMs = 30_000

export function shortHash(revision: string): string {
  return revision.slice(0, 7)
}

/** Writes `1 file` or `2 files`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Writes `14:02` on the same day, else `Nov 20, 14:02`, and the year if it is another one. */
function clockTime(at: number, now: number): string {
  const then = new Date(at)
  const time = clockText(then).slice(0, 5)
  if (then.toDateString() === new Date(now).toDateString()) return time
  const isSameYear = then.getFullYear() === new Date(now).getFullYear()
  const day = then.toLocaleDateString('en-US', {
    month: 'short',
    day: 'numeric',
    ...(!isSameYear && { year: 'numeric' }),
  })
  return `${day}, ${time}`
}

/** Writes `9f3c1a2 (deploy 42, since 14:02)`. */
export function releaseText(live: Deploy, now: number): string {
  return `${shortHash(live.revision)} (deploy ${live.id}, since ${clockTime(live.ended ?? live.accepted, now)})`
}

export function logHeadline({ id, revision, subject, by }: Deploy): string {
  return `deploy ${id}  ${shortHash(revision)} ${JSON.stringify(subject)}  by ${by}`
}

/** Writes `0 refused, longest wait 0.9 s`. */
export function availabilityText({ refused, waited, gap }: Availability): string {
  const down = refused > 0 ? `, down for ${durationText(gap)}` : ''
  return `${refused} refused${down}, longest wait ${durationText(waited)}`
}

/** Reads the parts of a log's headline; null for any other text. The subject keeps its quotes and escapes. */
export function parseHeadline(text: string): { id: number; revision: string; subject: string; by: string } | null {
  const [, id, revision, subject, by] = /^deploy (\d+) {2}([0-9a-f]+) (".*") {2}by (.*)$/.exec(text) ?? []
  return id && revision && subject && by ? { id: Number(id), revision, subject, by } : null
}

/** Writes the status line for systemd. It is sent at events only, so it names times of day: a duration would be
 * outdated. */
export function statusLine(
  live: Deploy | null,
  running: { deploy: Deploy; step: string; began: number; heard: number } | null,
  waiting: number,
  now: number,
): string {
  const queueText = waiting > 0 ? `${waiting} waiting` : 'none waiting'
  const fault = live?.fault ? `, fault: ${live.fault.container} ${live.fault.reason}` : ''
  const liveText = live
    ? `live ${shortHash(live.revision)} since ${clockTime(live.ended ?? live.accepted, now)}, deploy ${live.id} by ${live.by}${fault}`
    : 'nothing live yet'
  if (!running) return `idle; ${liveText}${waiting > 0 ? `; ${queueText}` : ''}`
  const { deploy, step, began, heard } = running
  const silence = now - heard >= mentionAfterMs ? `, no output since ${clockText(new Date(heard))}` : ''
  const stepText = `${step} ${shortHash(deploy.revision)} since ${clockText(new Date(began))}${silence}`
  return `deploy ${deploy.id}: ${stepText}; ${liveText}; ${queueText}`
}

/** A size as `340 MB`, `6.2 GB` or `79 GB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1e9) return `${Math.ceil(bytes / 1e6)} MB`
  return bytes < 10e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e9)} GB`
}

/** Ends a reason with a full stop, since another sentence follows. */
export function endSentence(reason: string): string {
  const text = reason.trim()
  return /[.!?]$/.test(text) ? text : `${text}.`
}
