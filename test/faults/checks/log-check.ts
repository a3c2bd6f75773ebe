// A log that is complete: its head first, each recorded step in its order, its outcome last.
import type { Deploy, StepRecord } from '../../../agent/protocol/messages.ts'
import type { Sight } from './snapshot.ts'

export function logs({ deploys, logs }: Sight): string[] {
  return deploys
    .filter(({ ended }) => ended !== null)
    .flatMap((deploy) => {
      const lines = logs[deploy.id]
      if (!lines) return [`deploy ${deploy.id} has no log`]
      return wrong(deploy, lines).map((what) => `the log of deploy ${deploy.id} ${what}`)
    })
}

function wrong({ id, revision, sentence, steps }: Deploy, written: string[]): string[] {
  const found: string[] = []
  const texts = written.map((line) => line.slice('00:00:00.000 '.length))
  if (written.at(-1) !== '') found.push('does not end with a whole line')
  if (!texts[0]?.startsWith(`: deploy ${id}  ${revision.slice(0, 7)} `)) found.push(`begins with "${written[0]}"`)
  if (!/^[=x] /.test(texts.at(-2) ?? '') || texts.at(-2)?.slice(2) !== sentence)
    found.push(`ends with "${written.at(-2)}", not with "${sentence}"`)
  const lines = (start: string) => texts.filter((text) => text.startsWith(start)).length
  for (const start of new Set(steps.flatMap(closing))) {
    const recorded = steps.flatMap(closing).filter((one) => one === start).length
    if (lines(start) < recorded) found.push(`has ${lines(start)} lines "${start}", the record has ${recorded}`)
  }
  const torn = written.slice(0, -1).find((line) => !/^\d\d:\d\d:\d\d\.\d{3} [:> +!=x-] /.test(line))
  if (torn !== undefined) found.push(`has a torn line: ${JSON.stringify(torn)}`)
  return found
}

/** How the log says that a step has ended; nothing where the record does not say so. */
function closing({ name, ended, ok }: StepRecord): string[] {
  return ended === null ? [] : [`${ok ? '+' : '!'} ${name}  `]
}
