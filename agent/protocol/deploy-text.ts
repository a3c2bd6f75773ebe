// How deploys are spoken of in logs, notes and the status line; the same words everywhere.
import { clock, duration } from './log-line.ts'
import type { Deploy } from './messages.ts'

/** Milliseconds of silence from which on the status line speaks of it. */
const mentioned = 30_000

export function short(revision: string): string {
  return revision.slice(0, 7)
}

/** `14:02` on the same day, else `Nov 20, 14:02`. */
export function moment(at: number, now: number): string {
  const then = new Date(at)
  const time = clock(then).slice(0, 5)
  if (then.toDateString() === new Date(now).toDateString()) return time
  return `${then.toLocaleDateString('en-US', { month: 'short', day: 'numeric' })}, ${time}`
}

/** `9f3c1a2 (deploy 42, since 14:02)`. */
export function release(live: Deploy, now: number): string {
  return `${short(live.revision)} (deploy ${live.id}, since ${moment(live.ended ?? live.accepted, now)})`
}

export function headline({ id, revision, subject, by }: Deploy): string {
  return `deploy ${id}  ${short(revision)} ${JSON.stringify(subject)}  by ${by}`
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
    ? `live ${short(live.revision)} since ${moment(live.ended ?? live.accepted, now)}, deploy ${live.id} by ${live.by}`
    : 'nothing live yet'
  if (!running) return `idle; ${where}`
  const quiet = running.silent >= mentioned ? `, nothing printed for ${duration(running.silent)}` : ''
  return `deploy ${running.deploy.id}: ${running.step} ${short(running.deploy.revision)}${quiet}; ${where}; ${queue}`
}
