// Bytes of a program's output as lines for a log: no control characters, none longer than a screenful.
import { stripVTControlCharacters } from 'node:util'

/** Characters of a line; what is longer goes on in the next one. */
const maxLineChars = 8192

/** What a text must hold for its lines to be anything else than what stands between its line feeds. */
const odd = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/

/** Bytes in, lines out, all of a chunk at once: a loud program brings more of them in a second than promises carry. */
export class LineDecoder {
  readonly #decoder = new TextDecoder()
  #rest = ''

  /** Takes the next bytes and gives the lines that they complete. */
  push(chunk: Uint8Array): string[] {
    const text = this.#rest + this.#decoder.decode(chunk, { stream: true })
    const strange = odd.test(text)
    const parts = strange ? text.split(/\r\n|[\r\n]/) : text.split('\n')
    this.#rest = parts.pop() ?? ''
    const shown = strange ? parts.map(stripControl) : parts
    const found = shown.some(({ length }) => length > maxLineChars) ? shown.flatMap(pieces) : shown
    while (this.#rest.length > maxLineChars) {
      found.push(stripControl(this.#rest.slice(0, maxLineChars)))
      this.#rest = this.#rest.slice(maxLineChars)
    }
    return found
  }

  /** The stream has ended: what came after the last line feed counts as a line. */
  end(): string[] {
    const rest = stripControl(this.#rest)
    this.#rest = ''
    return rest ? [rest] : []
  }
}

/** Text that can do nothing to a terminal. */
export function stripControl(text: string): string {
  return stripVTControlCharacters(text).replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, '')
}

function pieces(line: string): string[] {
  const count = Math.max(1, Math.ceil(line.length / maxLineChars))
  return Array.from({ length: count }, (_, index) => line.slice(index * maxLineChars, (index + 1) * maxLineChars))
}
