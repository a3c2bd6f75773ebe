// Makes text of other people and programs harmless for a terminal. Each such text passes one of these functions before
// it is printed.
import { stripVTControlCharacters } from 'node:util'

/** True for most texts, which spares a start the compilation of the expressions below. */
const isHarmless = /^[\x20-\x7e]*$/
/** Control characters other than a tab, and those that reorder the text around them. */
const unsafe = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g
const unsafeInJson = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Returns one line without colours, cursor movements and control characters. */
export function plainText(text: string): string {
  if (isHarmless.test(text)) return text
  // Progress bars overwrite their own line: a terminal would show only its last state.
  const line = text.replace(/\r+$/, '')
  return stripVTControlCharacters(line.slice(line.lastIndexOf('\r') + 1)).replace(unsafe, '')
}

/** Returns text for a cell or a sentence, in which a tab or a line feed is only a space. */
export function plainWords(text: string): string {
  return plainText(text.replace(/\s+/g, ' ')).trim()
}

/** Returns JSON of the same value: JSON.stringify escapes only the control characters below 32. */
export function escapeTerminalCodes(json: string): string {
  return json.replace(unsafeInJson, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
