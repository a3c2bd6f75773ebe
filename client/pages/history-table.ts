// Lays out deploys as a table for people, newest first.
import { shortHash } from '../../agent/protocol/deploy-text.ts'
import { durationText } from '../../agent/protocol/log-line.ts'
import type { Deploy } from '../../agent/protocol/messages.ts'
import { plainWords } from '../text/plain-text.ts'
import { type Cell, type Column, formatTable } from '../text/table.ts'
import { shortDate } from '../text/time-text.ts'
import { outcomeText, stateStyle } from './outcome-text.ts'
import { type PageContext, userText } from './page-context.ts'

const maxUserColumns = 16

/** Number, revision, state, user, time, duration, subject, outcome. */
const columns: Column[] = [
  { align: 'right' },
  {},
  {},
  { maxWidth: maxUserColumns },
  {},
  { align: 'right' },
  { shrinks: true },
  { shrinks: true },
]

export function historyTable(deploys: Deploy[], page: PageContext): string[] {
  // The newest deploy comes first: a release was live until the release in a row above it became live.
  let liveUntil: number | null = null
  const rows = deploys.map((deploy): Cell[] => {
    const { id, revision, state, subject, accepted, began, ended } = deploy
    const outcome = outcomeText(deploy, liveUntil)
    if (state === 'live' || state === 'was live') liveUntil = ended
    return [
      String(id),
      shortHash(revision),
      { text: state, style: stateStyle(state) },
      userText(deploy, page),
      shortDate(accepted, page.now),
      began !== null && ended !== null && ended >= began ? durationText(ended - began) : '',
      `"${plainWords(subject)}"`,
      outcome,
    ]
  })
  return formatTable(columns, rows, page.layout)
}
