// Chooses the last lines of a container's output that tell why it failed.
import { stripControl } from '../../host/output-lines.ts'

const maxLines = 12

/** A line of an access log: while a new container is awaited, nearly all requests are those of the agent. */
const accessLine = /"(?:GET|HEAD) \S+ HTTP\/[\d.]+"|bpt-deployer/

/** A line that is there so often is shown only once. */
const maxRepeats = 2

/** Leaves out lines of an access log if there are others, and repetitions. */
export function splitLastLines(text: string): string[] {
  const all = text.split('\n').map(stripControl).filter(Boolean)
  const others = all.filter((line) => !accessLine.test(line))
  return withoutRepetitions(others.length > 0 ? others : all).slice(-maxLines)
}

/** Keeps the last of each line that is there again and again, with the number of times. */
function withoutRepetitions(lines: string[]): string[] {
  const counts = new Map<string, number>()
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
  const last = new Map(lines.map((line, index) => [line, index]))
  return lines.flatMap((line, index) => {
    const count = counts.get(line) ?? 0
    if (count <= maxRepeats) return [line]
    return last.get(line) === index ? [`${line} (${count} times)`] : []
  })
}
