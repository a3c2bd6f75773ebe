// How deploys are spoken of in logs, notes and the status line; the same words everywhere.
import { clockText, durationText } from './log-line.ts'
import type { Availability, Deploy } from './messages.ts'

/** Milliseconds of silence from which on the status line speaks of it. */
const mentionAfterMs = 30_000

export function shortHash(revision: string): string {
  return revision.slice(0, 7)
}

/** `14:02` on the same day, else `Nov 20, 14:02`. */
export function clockTime(at: number, now: number): string {
  const then = new Date(at)
  const time = clockText(then).slice(0, 5)
  if (then.toDateString() === new Date(now).toDateString()) return time
  return `${then.toLocaleDateString('en-US', { month: 'short', day: 'numeric' })}, ${time}`
}

/** `9f3c1a2 (deploy 42, since 14:02)`. */
export function releaseText(live: Deploy, now: number): string {
  return `${shortHash(live.revision)} (deploy ${live.id}, since ${clockTime(live.ended ?? live.accepted, now)})`
}

export function logHeadline({ id, revision, subject, by }: Deploy): string {
  return `deploy ${id}  ${shortHash(revision)} ${JSON.stringify(subject)}  by ${by}`
}

/** `0 refused, longest wait 0.9 s`. */
export function availabilityText({ refused, waited, gap }: Availability): string {
  const down = refused > 0 ? `, down for ${durationText(gap)}` : ''
  return `${refused} refused${down}, longest wait ${durationText(waited)}`
}

/** The parts of a log's headline; null for any other text. The subject keeps its quotes and escapes. */
export function parseHeadline(text: string): { id: number; revision: string; subject: string; by: string } | null {
  const [, id, revision, subject, by] = /^deploy (\d+) {2}([0-9a-f]+) (".*") {2}by (.*)$/.exec(text) ?? []
  return id && revision && subject && by ? { id: Number(id), revision, subject, by } : null
}

/** The one line for systemd. */
export function statusLine(
  live: Deploy | null,
  running: { deploy: Deploy; step: string; silent: number } | null,
  waiting: number,
  now: number,
): string {
  const queue = waiting > 0 ? `${waiting} waiting` : 'none waiting'
  const where = live
    ? `live ${shortHash(live.revision)} since ${clockTime(live.ended ?? live.accepted, now)}, deploy ${live.id} by ${live.by}`
    : 'nothing live yet'
  if (!running) return `idle; ${where}`
  const quiet = running.silent >= mentionAfterMs ? `, nothing printed for ${durationText(running.silent)}` : ''
  return `deploy ${running.deploy.id}: ${running.step} ${shortHash(running.deploy.revision)}${quiet}; ${where}; ${queue}`
}
