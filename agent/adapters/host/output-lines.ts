// Turns the bytes that a program prints into lines for a log, without control characters and of limited length.
import { stripVTControlCharacters } from 'node:util'

/** A longer line continues in the next one. */
const maxLineChars = 8192

/** Characters for which a text must be cleaned, or split at more than its line feeds. */
const controlCharacter = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/

/** Decodes a chunk at a time, since a promise per line would be too slow for a build that prints a lot. */
export class LineDecoder {
  readonly #decoder = new TextDecoder()
  #rest = ''

  /** Takes the next bytes and returns the lines that they complete. */
  push(chunk: Uint8Array): string[] {
    const text = this.#rest + this.#decoder.decode(chunk, { stream: true })
    const needsCleaning = controlCharacter.test(text)
    const parts = needsCleaning ? text.split(/\r\n|[\r\n]/) : text.split('\n')
    this.#rest = parts.pop() ?? ''
    const clean = needsCleaning ? parts.map(stripControl) : parts
    const lines = clean.some(({ length }) => length > maxLineChars) ? clean.flatMap(splitLongLine) : clean
    while (this.#rest.length > maxLineChars) {
      lines.push(stripControl(this.#rest.slice(0, maxLineChars)))
      this.#rest = this.#rest.slice(maxLineChars)
    }
    return lines
  }

  /** Returns the text after the last line feed as a line, once the stream has ended. */
  end(): string[] {
    const rest = stripControl(this.#rest)
    this.#rest = ''
    return rest ? [rest] : []
  }
}

/** Removes escape sequences and control characters, so that a text cannot change a reader's terminal. */
export function stripControl(text: string): string {
  return stripVTControlCharacters(text).replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, '')
}

function splitLongLine(line: string): string[] {
  const count = Math.max(1, Math.ceil(line.length / maxLineChars))
  return Array.from({ length: count }, (_, index) => line.slice(index * maxLineChars, (index + 1) * maxLineChars))
}
