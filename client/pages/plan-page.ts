// Lays out the changes that a deploy would make, one service on each line.
import type { PlannedService, PlanResult } from '../../agent/protocol/messages.ts'
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

export function planPage({ services, obstacle }: PlanResult, layout: Layout): string[] {
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
