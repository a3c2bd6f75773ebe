// Lays out the changes that a deploy would make, one service on each line.
import { shortHash } from '../../agent/protocol/deploy-text.ts'
import type { PlannedService, PlanResult } from '../../agent/protocol/messages.ts'
import { formatRows, type LabelledRow, row } from '../text/labelled-rows.ts'
import type { Layout, Style } from '../text/layout.ts'
import { plainWords } from '../text/plain-text.ts'
import { type Cell, type Column, formatTable } from '../text/table.ts'
import { cutText } from '../text/text-width.ts'

/** Service, change, reason, strategy. */
const columns: Column[] = [{ maxWidth: 24 }, {}, { shrinks: true }, {}]

const styles: Record<PlannedService['change'], Style | null> = {
  created: 'green',
  replaced: 'yellow',
  restarted: 'yellow',
  started: 'green',
  removed: 'red',
  stays: 'dim',
}

export function planPage(plan: PlanResult, layout: Layout): string[] {
  return [...formatRows(layout, [headRow(plan)]), '', ...changeLines(plan, layout)]
}

function headRow({ revision, subject, live }: PlanResult): LabelledRow {
  const liveText = live === null ? 'nothing is live yet' : `live is ${live === revision ? 'the same' : shortHash(live)}`
  return row(
    'plan',
    { text: `${shortHash(revision)}  ` },
    { text: `"${plainWords(subject)}"`, shrinks: true },
    { text: `  ${liveText}` },
  )
}

function changeLines({ services, obstacle }: PlanResult, layout: Layout): string[] {
  if (services === null) {
    const text = `docker compose makes the change itself: ${plainWords(obstacle ?? '')}`
    return [cutText(text, layout.columns)]
  }
  const rows = services.map(({ service, change, reason, strategy }): Cell[] => [
    plainWords(service),
    { text: change, style: styles[change] },
    plainWords(reason),
    strategy ?? '',
  ])
  return formatTable(columns, rows, layout)
}
