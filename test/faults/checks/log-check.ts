// Checks that a log is complete: its headline first, each recorded step in order, its outcome last.
import { parseLogLine } from '../../../agent/protocol/log-line.ts'
import type { Deploy, DeployState, StepRecord } from '../../../agent/protocol/messages.ts'
import type { Snapshot } from './snapshot.ts'

export function checkLogs({ deploys, logs }: Snapshot): string[] {
  return deploys
    .filter(({ ended }) => ended !== null)
    .flatMap((deploy) => {
      const lines = logs[deploy.id]
      if (!lines) return [`deploy ${deploy.id} has no log`]
      return checkLog(deploy, lines).map((detail) => `the log of deploy ${deploy.id} ${detail}`)
    })
}

function checkLog({ id, revision, state, sentence, steps }: Deploy, lines: string[]): string[] {
  const details: string[] = []
  const texts = lines.map((line) => line.slice('00:00:00.000 '.length))
  if (lines.at(-1) !== '') details.push('does not end with a whole line')
  if (!texts[0]?.startsWith(`: deploy ${id}  ${revision.slice(0, 7)} `)) details.push(`begins with "${lines[0]}"`)
  const lastLine = parseLogLine(lines.at(-2) ?? '')
  if (
    (lastLine.kind !== 'good' && lastLine.kind !== 'bad') ||
    lastLine.text !== sentence ||
    lastLine.end?.state !== endState(state)
  )
    details.push(`ends with "${lines.at(-2)}", not with "${sentence}"`)
  const expectedStarts = steps.flatMap(endOfStep)
  for (const start of new Set(expectedStarts)) {
    const recorded = expectedStarts.filter((expected) => expected === start).length
    const logged = texts.filter((text) => text.startsWith(start)).length
    if (logged < recorded) details.push(`has ${logged} lines "${start}", the record has ${recorded}`)
  }
  const tornLine = lines.slice(0, -1).find((line) => !/^\d\d:\d\d:\d\d\.\d{3} [:> +!=x-] /.test(line))
  if (tornLine !== undefined) details.push(`has a torn line: ${JSON.stringify(tornLine)}`)
  return details
}

/** Gives the state in the last line of the log: a deploy that was live ended as live. */
function endState(state: DeployState): string {
  return state === 'was live' ? 'live' : state
}

/** Gives the start of the log line with which a step ends; none for a step without a recorded end. */
function endOfStep({ name, ended, ok }: StepRecord): string[] {
  return ended === null ? [] : [`${ok ? '+' : '!'} ${name}  `]
}
