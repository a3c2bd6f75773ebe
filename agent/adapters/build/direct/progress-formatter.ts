// A build's progress as lines, in the form that docker's clients give it with --progress=plain.
import { LineDecoder, stripControl } from '../../host/output-lines.ts'
import type { BuildStatus, Vertex, VertexLog, VertexStatus } from './buildkit-status.ts'

interface Seen {
  number: number
  /** Its first line. */
  title: string
  started: number
  lines: LineDecoder
  ended: boolean
}

export class ProgressFormatter {
  readonly #service: string
  readonly #seen = new Map<string, Seen>()
  readonly #parts = new Set<string>()

  /** @param service whose image it is: named with each step, as compose does. */
  constructor(service: string) {
    this.#service = service
  }

  /** Lines that this news adds to those before it, some at a time: a loud step prints many. */
  *format(news: BuildStatus): Generator<string[]> {
    let last = ''
    for (const lines of this.#lines(news)) {
      if (lines.length === 0) continue
      yield lines
      last = lines.at(-1) ?? last
    }
    // That a step is done may be told after the next one began: the last line tells what goes on.
    const steps = [...this.#seen.values()]
    const over = steps.some(({ number, ended }) => ended && last.startsWith(`#${number} `))
    const running = over && steps.findLast(({ ended }) => !ended)
    if (running) yield [running.title]
  }

  /** Step by step: what one piece of news tells of several happened side by side, or one after the other. */
  *#lines({ vertexes, statuses, logs, warnings }: BuildStatus): Generator<string[]> {
    for (const digest of new Set([...this.#seen.keys(), ...vertexes.map((vertex) => vertex.digest)])) {
      const own = vertexes.filter((one) => one.digest === digest)
      const of = ({ vertex }: { vertex: string }) => vertex === digest
      for (const vertex of own) yield this.#begun(vertex)
      for (const part of statuses.filter(of)) yield this.#part(part)
      for (const one of logs.filter(of)) yield this.#printed(one)
      for (const { text } of warnings.filter(of))
        yield [`#${this.#seen.get(digest)?.number ?? 0} WARN: ${stripControl(text)}`]
      for (const vertex of own) yield this.#ended(vertex)
    }
  }

  #begun({ digest, name, started }: Vertex): string[] {
    if (started === null || this.#seen.has(digest)) return []
    const number = this.#seen.size + 1
    const title = `#${number} ${stripControl(this.#titled(name))}`
    this.#seen.set(digest, { number, title, started, lines: new LineDecoder(), ended: false })
    return [title]
  }

  /** `[2/5] RUN make` of the service web as `[web 2/5] RUN make`. */
  #titled(name: string): string {
    return name.startsWith('[') ? `[${this.#service} ${name.slice(1)}` : `[${this.#service}] ${name}`
  }

  #part({ vertex, id, started, completed }: VertexStatus): string[] {
    const seen = this.#seen.get(vertex)
    const key = `${vertex} ${id}`
    if (!seen || completed === null || this.#parts.has(key)) return []
    this.#parts.add(key)
    const took = seconds(completed - (started ?? completed), 1)
    return [`#${seen.number} ${stripControl(id)}${took === '0.0' ? '' : ` ${took}s`} done`]
  }

  #printed({ vertex, at, bytes }: VertexLog): string[] {
    const seen = this.#seen.get(vertex)
    if (!seen) return []
    return seen.lines.push(bytes).map((line) => told(seen, line, at))
  }

  #ended({ digest, cached, started, completed, error }: Vertex): string[] {
    const seen = this.#seen.get(digest)
    if (!seen || seen.ended || completed === null) return []
    seen.ended = true
    const rest = seen.lines.end().map((line) => told(seen, line, completed))
    if (error) return [...rest, `#${seen.number} ERROR: ${stripControl(error)}`]
    return [...rest, `#${seen.number} ${cached ? 'CACHED' : `DONE ${seconds(completed - (started ?? completed), 1)}s`}`]
  }
}

function told({ number, started }: Seen, line: string, at: number): string {
  return `#${number} ${seconds(at - started, 3)} ${line}`
}

function seconds(ms: number, digits: number): string {
  return (Math.max(0, ms) / 1000).toFixed(digits)
}
