// Bytes of a program's output as lines for a log: no control characters, none longer than a screenful.
import { stripVTControlCharacters } from 'node:util'

/** Characters of a line; what is longer goes on in the next one. */
const longest = 8192

/** Yields lines of a stream as they come; the reader's pace is the stream's pace. */
export async function* lines(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|[\r\n]/)
    rest = parts.pop() ?? ''
    for (const part of parts) yield* pieces(part)
    while (rest.length > longest) {
      yield plain(rest.slice(0, longest))
      rest = rest.slice(longest)
    }
  }
  if (rest) yield plain(rest)
}

/** Text that can do nothing to a terminal. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, '')
}

function* pieces(line: string): Generator<string> {
  for (let at = 0; at === 0 || at < line.length; at += longest) yield plain(line.slice(at, at + longest))
}
