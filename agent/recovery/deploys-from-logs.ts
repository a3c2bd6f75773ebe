// Reads deploys from their logs when the store was lost. A pure function of a log's file name, first and last line.
import type { FoundLog } from '../interfaces/deploy-log.ts'
import { parseHeadline } from '../protocol/deploy-text.ts'
import { type LoggedEnd, type LogLine, parseLogLine } from '../protocol/log-line.ts'
import type { Deploy } from '../protocol/messages.ts'

/** Day, time, revision and user, and a number if two logs would have the same name. */
const logName = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ([0-9a-f]{40}(?:[0-9a-f]{24})?) (.+?)(?: \(\d+\))?$/

const unknownEnd = 'its end is not known: the record was lost.'

/** Returns the deploys in the order of their numbers; a file that is no log of a deploy is skipped. */
export function deploysFromLogs(logs: FoundLog[]): Deploy[] {
  const deploys = logs.flatMap((log) => deployFromLog(log) ?? []).sort((a, b) => a.id - b.id)
  const live = deploys.findLast(({ state }) => state === 'was live')
  return deploys.map((deploy) => (deploy === live ? { ...deploy, state: 'live' } : deploy))
}

function deployFromLog({ path, name, firstLine, lastLine }: FoundLog): Deploy | null {
  const [, day, time, revision = '', by = ''] = logName.exec(name) ?? []
  const head = parseLogLine(firstLine)
  const headline = head.kind === 'head' ? parseHeadline(head.text) : null
  if (!headline || !revision) return null
  const accepted = new Date(`${day}T${time}`).getTime()
  const last = parseLogLine(lastLine)
  const end = readEnd(last)
  return {
    id: headline.id,
    revision,
    subject: String(JSON.parse(headline.subject)),
    wanted: revision,
    via: 'deploy',
    by,
    uid: 0,
    from: '',
    accepted,
    began: accepted,
    ended: accepted,
    state: end.state === 'live' ? 'was live' : end.state,
    code: 'code' in end ? end.code : null,
    sentence: isLast(last) ? last.text : unknownEnd,
    supersededBy: 'by' in end ? end.by : null,
    visits: null,
    fault: null,
    log: path,
    steps: [],
  }
}

type ReadEnd = LoggedEnd | { state: LoggedEnd['state'] }

function readEnd(line: LogLine): ReadEnd {
  if (!isLast(line)) return { state: 'failed' }
  return line.end ?? readEndOfOldLog(line)
}

/** Reads the end from the sentence: logs of version 0.1 have nothing else. */
function readEndOfOldLog({ kind, text }: Extract<LogLine, { kind: 'good' | 'bad' }>): ReadEnd {
  if (kind === 'good') return { state: text.startsWith('live: ') ? 'live' : 'superseded' }
  return { state: text.includes('cancelled by ') ? 'cancelled' : 'failed' }
}

function isLast(line: LogLine): line is Extract<LogLine, { kind: 'good' | 'bad' }> {
  return line.kind === 'good' || line.kind === 'bad'
}
