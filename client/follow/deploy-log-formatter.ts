// Turns the lines of a deploy's log into the lines that its followers read. Uses no stream and no clock: viewer.ts and
// live-viewer.ts print the lines.
import { parseHeadline, shortHash } from '../../agent/protocol/deploy-text.ts'
import { parseLogLine } from '../../agent/protocol/log-line.ts'
import type { DeployOutcome } from '../../agent/protocol/messages.ts'
import type { Layout, Style } from '../text/layout.ts'
import { plainText } from '../text/plain-text.ts'
import { cutText, textWidth } from '../text/text-width.ts'
import { ageText } from '../text/time-text.ts'

/** `all` streams the output of each step; `steps` prints only the output of a step that fails. */
export type Verbosity = 'all' | 'steps'

const maxTailLines = 12
const outputIndent = '    '

export class DeployLogFormatter {
  readonly #verbosity: Verbosity
  readonly #layout: Layout
  #step: string | null = null
  /** True once the running step's name is printed above its output. */
  #isOpened = false
  /** Last output of the running step, and notes that wait for its closing line. */
  #tail: string[] = []
  #notes: string[] = []
  #usualMs: number | null = null
  #outcome: { text: string; style: Style } | null = null

  constructor(verbosity: Verbosity, layout: Layout) {
    this.#verbosity = verbosity
    this.#layout = layout
  }

  /** The running step, its usual duration, and the last line of its output. */
  get runningStep(): { step: string; usualMs: number | null; lastLine: string } | null {
    return this.#step === null ? null : { step: this.#step, usualMs: this.#usualMs, lastLine: this.#tail.at(-1) ?? '' }
  }

  setUsualDuration(step: string, ms: number): void {
    if (this.#step === step) this.#usualMs = ms
  }

  formatLine(written: string): string[] {
    const line = parseLogLine(written)
    switch (line.kind) {
      case 'head':
        return [this.#layout.paint('bold', headline(plainText(line.text), this.#layout.columns))]
      case 'began':
        this.#step = plainText(line.step)
        this.#isOpened = false
        this.#tail = []
        this.#usualMs = null
        return []
      case 'output':
        return this.#output(plainText(line.text))
      case 'note':
        return this.#note(plainText(line.text))
      case 'done':
      case 'broke':
        return this.#close(line.kind === 'done', plainText(line.step), plainText(line.took), plainText(line.remark))
      case 'good':
      case 'bad':
        // Hold these lines back: only the answer to `follow` says if another deploy is followed now.
        this.#outcome = { text: plainText(line.text), style: line.kind === 'good' ? 'green' : 'red' }
        return []
    }
  }

  /** Returns the last lines, once it is known how the deploy ended. */
  formatOutcome(ended: DeployOutcome, isFollowedByNext: boolean): string[] {
    const hasFailed = ended.state === 'failed'
    const { text, style } = this.#outcome ?? { text: plainText(ended.sentence), style: hasFailed ? 'red' : 'green' }
    this.#outcome = null
    this.#step = null
    if (isFollowedByNext) return [`  ${text.replace(/\.$/, '')}; following that one`]
    if (!hasFailed) return [this.#layout.paint(style, text)]
    const short = shortHash(ended.revision)
    const hint = `whole log: bptctl log ${ended.deploy}     again without a new commit: bptctl deploy ${short}`
    return [this.#layout.paint(style, text), this.#layout.paint('dim', hint)]
  }

  /** Returns the outcome that the log itself names, if the log has ended. */
  loggedOutcome(): string[] {
    return this.#outcome ? [this.#layout.paint(this.#outcome.style, this.#outcome.text)] : []
  }

  #output(text: string): string[] {
    // Outside of a step git tells only that the work tree goes back.
    if (this.#step === null) return this.#verbosity === 'all' ? [this.#outputLine(text)] : []
    this.#tail.push(text)
    if (this.#tail.length > maxTailLines) this.#tail.shift()
    return this.#verbosity === 'all' ? [...this.#open(), this.#outputLine(text, 'dim')] : []
  }

  #note(text: string): string[] {
    if (this.#step === null) return [`  ${text}`]
    const line = `${outputIndent}${text}`
    if (this.#verbosity === 'all') return [...this.#open(), line]
    this.#notes.push(line)
    return []
  }

  #open(): string[] {
    if (this.#isOpened || this.#step === null) return []
    this.#isOpened = true
    return [`  ${this.#step}`]
  }

  #close(isDone: boolean, step: string, took: string, remark: string): string[] {
    const usual = this.#usualMs === null ? '' : `(usually ${ageText(this.#usualMs)})`
    const text = [isDone ? remark : remark || 'failed', usual].filter(Boolean).join('  ')
    const tail = isDone || this.#verbosity === 'all' ? [] : this.#tail.map((line) => this.#outputLine(line))
    const closing = stepLine(step, took, text, this.#layout, isDone ? null : 'red')
    const lines = [closing, ...this.#notes, ...tail]
    this.#step = null
    this.#usualMs = null
    this.#tail = []
    this.#notes = []
    return lines
  }

  /** Cuts the line on a terminal only: a pusher, a pipe and `bptctl log` read a program's error to its end. */
  #outputLine(text: string, style?: Style): string {
    if (!text) return ''
    const { columns, isTerminal, paint } = this.#layout
    const shown = isTerminal ? cutText(text, columns - outputIndent.length) : text
    return `${outputIndent}${style ? paint(style, shown) : shown}`
  }
}

/** Writes `  build         6.2 s   web, worker  (usually 7 s)`, the remark cut to the width of the terminal. */
export function stepLine(
  step: string,
  time: string,
  remark: string,
  { columns, paint }: Layout,
  style: Style | null,
): string {
  const head = `  ${step} ${time.padStart(18 - step.length)}`
  const text = cutText(remark, columns - textWidth(head) - 3)
  return text ? `${head}   ${style ? paint(style, text) : text}` : head
}

/** Cuts a long subject, so that number, revision and user are always there. */
function headline(text: string, columns: number): string {
  const parts = parseHeadline(text)
  if (!parts) return cutText(text, columns)
  const [before, after] = [`deploy ${parts.id}  ${parts.revision} `, `  by ${parts.by}`]
  const subject = cutText(parts.subject, Math.max(1, columns - textWidth(before) - textWidth(after)))
  return cutText(`${before}${subject}${after}`, columns)
}
