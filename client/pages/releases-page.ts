// Lists the releases that can be rolled back to, newest first.
import { shortHash } from '../../agent/protocol/deploy-text.ts'
import type { Release } from '../../agent/protocol/messages.ts'
import { plainWords } from '../text/plain-text.ts'
import { type Cell, type Column, formatTable } from '../text/table.ts'
import { shortDate } from '../text/time-text.ts'
import { type PageContext, userText } from './page-context.ts'

/** Number, revision, date, user, mark, subject. */
const columns: Column[] = [{ align: 'right' }, {}, {}, { maxWidth: 16 }, {}, { shrinks: true }]

export function releasesPage(releases: Release[], page: PageContext): string[] {
  if (releases.length === 0) return ['nothing was live yet. Deploy: git push, or bptctl deploy BRANCH']
  const rows = releases.map((release): Cell[] => [
    String(release.deploy.id),
    shortHash(release.deploy.revision),
    shortDate(release.deploy.ended ?? release.deploy.accepted, page.now),
    userText(release.deploy, page),
    markOf(release),
    `"${plainWords(release.deploy.subject)}"`,
  ])
  return formatTable(columns, rows, page.layout)
}

function markOf({ image, live, bad }: Release): Cell {
  const marks = [...(live ? ['live'] : []), ...(bad ? ['bad'] : []), ...(live || image ? [] : ['to build'])]
  return { text: marks.join(', '), style: bad ? 'red' : live ? 'green' : 'yellow' }
}
