// Writes and reads one line of a deploy's log: `14:02:03.120 + build  6.2 s  usually 7 s`. The sign after the time
// tells the line's kind, so that people can read the file and clients can show it in another layout.

export type LogLine =
  /** The headline, the first line of a log. */
  | { kind: 'head'; text: string }
  | { kind: 'began'; step: string }
  /** A line of git, compose or a container. */
  | { kind: 'output'; text: string }
  | { kind: 'done' | 'broke'; step: string; took: string; remark: string }
  | { kind: 'note'; text: string }
  /** The last line of a log. Logs of older agents have no `end`. */
  | { kind: 'good' | 'bad'; text: string; end?: LoggedEnd }

/** The end of a deploy for programs: `[failed build_failed]` after the sentence. */
export type LoggedEnd =
  | { state: 'live' | 'cancelled' }
  | { state: 'failed'; code: string }
  | { state: 'superseded'; by: number }

const signs = { head: ':', began: '>', output: ' ', done: '+', broke: '!', note: '-', good: '=', bad: 'x' } as const
const kinds = new Map<string, LogLine['kind']>(
  Object.entries(signs).map(([kind, sign]) => [sign, kind as LogLine['kind']]),
)

/** Writes a line, without its line feed, at local time. */
export function formatLogLine(line: LogLine, at: Date): string {
  const text =
    'text' in line ? line.text : 'took' in line ? [line.step, line.took, line.remark].join('  ').trimEnd() : line.step
  const end = 'end' in line && line.end ? `  [${endText(line.end)}]` : ''
  return `${clockText(at)}.${digits(at.getMilliseconds(), 3)} ${signs[line.kind]} ${text}${end}`
}

/** Reads a line; one that is not of this form counts as output. */
export function parseLogLine(written: string): LogLine {
  const kind = /^\d\d:\d\d:\d\d\.\d{3} . /.test(written) ? kinds.get(written[13] ?? '') : undefined
  const text = written.slice(15)
  if (!kind) return { kind: 'output', text: written }
  if (kind === 'began') return { kind, step: text }
  if (kind === 'good' || kind === 'bad') return { kind, ...parseEnd(text) }
  if (kind !== 'done' && kind !== 'broke') return { kind, text }
  const [step = '', took = '', ...remark] = text.split('  ')
  return { kind, step, took, remark: remark.join('  ') }
}

function endText(end: LoggedEnd): string {
  if (end.state === 'failed') return `failed ${end.code}`
  return end.state === 'superseded' ? `superseded ${end.by}` : end.state
}

function parseEnd(text: string): { text: string; end?: LoggedEnd } {
  const [suffix, state, detail = ''] = / {2}\[(live|failed|cancelled|superseded)(?: (\w+))?\]$/.exec(text) ?? []
  if (!suffix) return { text }
  const sentence = text.slice(0, -suffix.length)
  if (state === 'failed') return { text: sentence, end: { state, code: detail } }
  if (state === 'superseded') return { text: sentence, end: { state, by: Number(detail) } }
  return { text: sentence, end: { state: state === 'live' ? state : 'cancelled' } }
}

/** Writes `HH:MM:SS`, in local time. */
export function clockText(at: Date): string {
  return `${digits(at.getHours(), 2)}:${digits(at.getMinutes(), 2)}:${digits(at.getSeconds(), 2)}`
}

/** Writes milliseconds as `6.2 s`, or `2 min 5 s` from two minutes on; a clock that was set back counts as no time. */
export function durationText(ms: number): string {
  if (ms < 119_500) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

function digits(number: number, width: number): string {
  return String(number).padStart(width, '0')
}
