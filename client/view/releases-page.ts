// What can be rolled back to, newest first.
import type { Release } from '../../agent/protocol/messages.ts'
import type { Painter } from './paint.ts'
import { plainText } from './plain-text.ts'
import { shortDate } from './time-text.ts'

export function releasesPage(releases: Release[], now: number, paint: Painter): string[] {
  if (releases.length === 0) return ['nothing was live yet. Deploy: git push, or bptctl deploy main']
  return releases.map(({ deploy: { id, revision, subject, by, ended, accepted }, image, live }) => {
    const mark = live ? paint('green', 'live') : image ? '    ' : paint('yellow', 'to build')
    return `${String(id).padStart(4)}  ${revision.slice(0, 7)}  ${shortDate(ended ?? accepted, now).padEnd(6)}  ${plainText(by)}  ${mark}  "${plainText(subject)}"`
  })
}
