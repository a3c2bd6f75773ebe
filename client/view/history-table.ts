// Deploys as a table for people, newest first.
import Table from 'cli-table3'
import { durationText } from '../../agent/protocol/log-line.ts'
import type { Deploy, DeployState } from '../../agent/protocol/messages.ts'
import type { Painter, Style } from './paint.ts'
import { plainText } from './plain-text.ts'
import { ageText, shortDate } from './time-text.ts'

const colours: Partial<Record<DeployState, Style>> = { live: 'green', failed: 'red', running: 'cyan', waiting: 'cyan' }

export function historyTable(deploys: Deploy[], now: number, paint: Painter): string[] {
  const table = new Table({
    chars: Object.fromEntries(borders.map((border) => [border, ''])),
    style: { 'padding-left': 1, 'padding-right': 1, head: [], border: [], compact: true },
    colAligns: ['right', 'left', 'left', 'left', 'left', 'right', 'left'],
  })
  // Newest first: what went live after a deploy stands above it, and tells until when that one was live.
  let nextLive: number | null = null
  for (const deploy of deploys) {
    const { id, revision, state, by, accepted, began, ended } = deploy
    const took = began !== null && ended !== null ? durationText(ended - began) : ''
    const colour = colours[state]
    const until = nextLive
    if (state === 'live' || state === 'was live') nextLive = ended
    const said = remark(deploy, until)
    table.push([
      id,
      revision.slice(0, 7),
      colour ? paint(colour, state) : state,
      plainText(by),
      shortDate(accepted, now),
      took,
      said,
    ])
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
}

function remark({ state, ended, steps, sentence, supersededBy, code }: Deploy, until: number | null): string {
  switch (state) {
    case 'running':
      return plainText(steps.findLast((step) => step.ended === null)?.name ?? '')
    case 'live':
      return plainText(steps.find(({ name }) => name === 'swap')?.remark ?? '')
    case 'was live':
      return ended !== null && until !== null ? `for ${ageText(until - ended)}` : ''
    case 'superseded':
      return supersededBy === null ? '' : `by deploy ${supersededBy}`
    case 'failed':
    case 'cancelled':
      return plainText(first(sentence) || (code ?? ''))
    case 'waiting':
      return ''
  }
}

/** Of `not deployed: the image did not build (exit 17). Live is still …` the part that differs between deploys. */
function first(sentence: string): string {
  return sentence.replace(/^not deployed: /, '').replace(/\.(\s.*)?$/s, '')
}

const borders = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
]
