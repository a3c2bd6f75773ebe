// What programs print, made harmless for a terminal: no colours, no cursor movements, no control characters.
import { stripVTControlCharacters } from 'node:util'

export function plainText(text: string): string {
  // Of a line that overwrites itself, as progress bars do, the last state is what a terminal would show.
  const shown = text.replace(/\r+$/, '')
  return stripVTControlCharacters(shown.slice(shown.lastIndexOf('\r') + 1)).replace(
    /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g,
    '',
  )
}
