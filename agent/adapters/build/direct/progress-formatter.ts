// Formats a build's progress as lines, in the form of `docker build --progress=plain`.
import { LineDecoder, stripControl } from '../../host/output-lines.ts'
import type { BuildStatus, Vertex, VertexLog, VertexStatus } from './buildkit-status.ts'

interface Step {
  number: number
  /** The first line of the step. */
  title: string
  started: number
  lineDecoder: LineDecoder
  hasEnded: boolean
}

export class ProgressFormatter {
  readonly #service: string
  readonly #takeNumber: () => number
  /** By the vertex's digest. */
  readonly #steps = new Map<string, Step>()
  /** Keys of parts whose end was printed. */
  readonly #endedParts = new Set<string>()

  /**
   * @param service named in each step's title, as compose does it.
   * @param takeNumber returns the number of a new step: builds that run at the same time share one row of numbers, so
   * that each line of output belongs to one title.
   */
  constructor(service: string, takeNumber: () => number) {
    this.#service = service
    this.#takeNumber = takeNumber
  }

  /** Yields the lines of one status in portions, since a step may print many thousands at once. */
  *format(status: BuildStatus): Generator<string[]> {
    let lastLine = ''
    for (const lines of this.#formatSteps(status)) {
      if (lines.length === 0) continue
      yield lines
      lastLine = lines.at(-1) ?? lastLine
    }
    // BuildKit may report a step's end after the beginning of the next: repeat the title of the step that continues.
    const steps = [...this.#steps.values()]
    const endsWithEndedStep = steps.some(({ number, hasEnded }) => hasEnded && lastLine.startsWith(`#${number} `))
    const running = endsWithEndedStep && steps.findLast(({ hasEnded }) => !hasEnded)
    if (running) yield [running.title]
  }

  /** Formats step by step: the order of events of different steps in one status is unknown. */
  *#formatSteps({ vertexes, statuses, logs, warnings }: BuildStatus): Generator<string[]> {
    for (const digest of new Set([...this.#steps.keys(), ...vertexes.map((vertex) => vertex.digest)])) {
      const ofStep = ({ vertex }: { vertex: string }) => vertex === digest
      const stepVertexes = vertexes.filter((vertex) => vertex.digest === digest)
      for (const vertex of stepVertexes) yield this.#formatBegin(vertex)
      for (const part of statuses.filter(ofStep)) yield this.#formatPart(part)
      for (const log of logs.filter(ofStep)) yield this.#formatLog(log)
      for (const { text } of warnings.filter(ofStep))
        yield [`#${this.#steps.get(digest)?.number ?? 0} WARN: ${stripControl(text)}`]
      for (const vertex of stepVertexes) yield this.#formatEnd(vertex)
    }
  }

  #formatBegin({ digest, name, started }: Vertex): string[] {
    if (started === null || this.#steps.has(digest)) return []
    const number = this.#takeNumber()
    const title = `#${number} ${stripControl(this.#titleOf(name))}`
    this.#steps.set(digest, { number, title, started, lineDecoder: new LineDecoder(), hasEnded: false })
    return [title]
  }

  /** Adds the service to a step's name: `[2/5] RUN make` becomes `[web 2/5] RUN make`. */
  #titleOf(name: string): string {
    return name.startsWith('[') ? `[${this.#service} ${name.slice(1)}` : `[${this.#service}] ${name}`
  }

  #formatPart({ vertex, id, started, completed }: VertexStatus): string[] {
    const step = this.#steps.get(vertex)
    const key = `${vertex} ${id}`
    if (!step || completed === null || this.#endedParts.has(key)) return []
    this.#endedParts.add(key)
    const duration = seconds(completed - (started ?? completed), 1)
    return [`#${step.number} ${stripControl(id)}${duration === '0.0' ? '' : ` ${duration}s`} done`]
  }

  #formatLog({ vertex, at, bytes }: VertexLog): string[] {
    const step = this.#steps.get(vertex)
    return step ? step.lineDecoder.push(bytes).map((line) => outputLine(step, line, at)) : []
  }

  #formatEnd({ digest, cached, started, completed, error }: Vertex): string[] {
    const step = this.#steps.get(digest)
    if (!step || step.hasEnded || completed === null) return []
    step.hasEnded = true
    const incompleteLine = step.lineDecoder.end().map((line) => outputLine(step, line, completed))
    if (error) return [...incompleteLine, `#${step.number} ERROR: ${stripControl(error)}`]
    const end = cached ? 'CACHED' : `DONE ${seconds(completed - (started ?? completed), 1)}s`
    return [...incompleteLine, `#${step.number} ${end}`]
  }
}

function outputLine({ number, started }: Step, line: string, at: number): string {
  return `#${number} ${seconds(at - started, 3)} ${line}`
}

function seconds(ms: number, digits: number): string {
  return (Math.max(0, ms) / 1000).toFixed(digits)
}
