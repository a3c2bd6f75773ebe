// A deploy's log as its followers read it: takes the lines of the log, gives the lines to print. No stream, no clock;
// viewer.ts and live-viewer.ts put them on paper.
import { parseLogLine } from '../../agent/protocol/log-line.ts'
import type { DeployOutcome } from '../../agent/protocol/messages.ts'
import type { Painter, Style } from '../view/paint.ts'
import { plainText } from '../view/plain-text.ts'

/** `all` streams the output of each step; `steps` prints what became of it, and the output of those that fail. */
export type Verbosity = 'all' | 'steps'

const tailLines = 12

export class DeployLogFormatter {
  readonly #detail: Verbosity
  readonly #paint: Painter
  #step: string | null = null
  #opened = false
  /** Of the running step: what it printed last, and notes that wait for its closing line. */
  #tail: string[] = []
  #notes: string[] = []
  #outcome: { text: string; style: Style } | null = null

  constructor(detail: Verbosity, paint: Painter) {
    this.#detail = detail
    this.#paint = paint
  }

  /** The running step, and the last line of its output. */
  get runningStep(): { step: string; lastLine: string } | null {
    return this.#step === null ? null : { step: this.#step, lastLine: this.#tail.at(-1) ?? '' }
  }

  formatLine(written: string): string[] {
    const line = parseLogLine(written)
    switch (line.kind) {
      case 'head':
        return [this.#paint('bold', plainText(line.text))]
      case 'began':
        this.#step = plainText(line.step)
        this.#opened = false
        this.#tail = []
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
        // Held back: only the answer to `follow` tells whether another deploy is followed now.
        this.#outcome = { text: plainText(line.text), style: line.kind === 'good' ? 'green' : 'red' }
        return []
    }
  }

  /** The last lines, once it is known how the deploy ended. */
  formatOutcome(ended: DeployOutcome, follows: boolean): string[] {
    const bad = ended.state === 'failed'
    const { text, style } = this.#outcome ?? { text: plainText(ended.sentence), style: bad ? 'red' : 'green' }
    this.#outcome = null
    this.#step = null
    if (follows) return [`  ${text.replace(/\.$/, '')}; following that one`]
    if (!bad) return [this.#paint(style, text)]
    const short = ended.revision.slice(0, 7)
    const hint = `whole log: bptctl log ${ended.deploy}     again without a new commit: bptctl deploy ${short}`
    return [this.#paint(style, text), this.#paint('dim', hint)]
  }

  /** The outcome that the log itself tells, if it has come to one. */
  loggedOutcome(): string[] {
    return this.#outcome ? [this.#paint(this.#outcome.style, this.#outcome.text)] : []
  }

  #output(text: string): string[] {
    if (this.#step === null) return [indented(text)]
    this.#tail.push(text)
    if (this.#tail.length > tailLines) this.#tail.shift()
    return this.#detail === 'all' ? [...this.#open(), indented(this.#paint('dim', text))] : []
  }

  #note(text: string): string[] {
    if (this.#step === null) return [`  ${text}`]
    if (this.#detail === 'all') return [...this.#open(), indented(text)]
    this.#notes.push(indented(text))
    return []
  }

  #open(): string[] {
    if (this.#opened || this.#step === null) return []
    this.#opened = true
    return [`  ${this.#step}`]
  }

  #close(good: boolean, step: string, took: string, remark: string): string[] {
    const said = good ? remark : this.#paint('red', remark || 'failed')
    const tail = good || this.#detail === 'all' ? [] : this.#tail.map(indented)
    const lines = [stepLine(step, took, said), ...this.#notes, ...tail]
    this.#step = null
    this.#tail = []
    this.#notes = []
    return lines
  }
}

/** `  build                6.2 s   (usually 7 s)` */
export function stepLine(step: string, took: string, remark: string): string {
  return `  ${step} ${took.padStart(25 - step.length)}   ${remark}`.trimEnd()
}

function indented(text: string): string {
  return text ? `    ${text}` : ''
}
