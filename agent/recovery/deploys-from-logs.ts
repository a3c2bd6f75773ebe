// A deploy as its log tells it: for a record that was lost. Pure: a log's name, first and last line in, a deploy out.
import type { FoundLog } from '../interfaces/deploy-log.ts'
import { parseHeadline } from '../protocol/deploy-text.ts'
import { parseLogLine } from '../protocol/log-line.ts'
import type { Deploy } from '../protocol/messages.ts'

const named = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ([0-9a-f]{40}(?:[0-9a-f]{24})?) (.+?)(?: \(\d+\))?$/

/** The deploys of these logs in the order of their numbers; what is no log of a deploy is passed over. */
export function deploysFromLogs(logs: FoundLog[]): Deploy[] {
  const deploys = logs.flatMap((log) => deploy(log) ?? []).sort((a, b) => a.id - b.id)
  const live = deploys.findLast(({ state }) => state === 'was live')
  return deploys.map((one) => (one === live ? { ...one, state: 'live' } : one))
}

function deploy({ path, name, first, last }: FoundLog): Deploy | null {
  const [, day, time, revision = '', by = ''] = named.exec(name) ?? []
  const head = parseLogLine(first)
  const headline = head.kind === 'head' ? parseHeadline(head.text) : null
  if (!headline || !revision) return null
  const accepted = new Date(`${day}T${time}`).getTime()
  const end = parseLogLine(last)
  const sentence = end.kind === 'good' || end.kind === 'bad' ? end.text : 'its end is not known: the record was lost.'
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
    state: state(end.kind, sentence),
    code: null,
    sentence,
    supersededBy: null,
    visits: null,
    log: path,
    steps: [],
  }
}

function state(kind: string, sentence: string): Deploy['state'] {
  if (kind === 'good') return sentence.startsWith('live: ') ? 'was live' : 'superseded'
  return sentence.includes('cancelled by ') ? 'cancelled' : 'failed'
}
