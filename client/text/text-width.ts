// Measures and cuts text by terminal columns: characters of East Asia and emoji take two.
import { eastAsianWidth } from 'get-east-asian-width'

/** Only characters that are a grapheme of one column: they do without Intl.Segmenter, which takes 11 ms to start. */
const narrowText = /^[\x20-\x7e\xa0-\u02ff\u2010-\u2027]*$/
const maxTabColumns = 8

let segmenter: Intl.Segmenter | undefined

/** Columns that plain text takes at most. */
export function textWidth(text: string): number {
  if (narrowText.test(text)) return text.length
  let width = 0
  for (const grapheme of graphemesOf(text)) width += graphemeWidth(grapheme)
  return width
}

/** Cuts plain text to a number of columns; `…` stands for the part that is left out. */
export function cutText(text: string, columns: number): string {
  if (narrowText.test(text) && text.length <= columns) return text
  let width = 0
  let kept = ''
  for (const grapheme of graphemesOf(text)) {
    width += graphemeWidth(grapheme)
    if (width > columns) return columns > 0 ? `${kept}…` : ''
    if (width < columns) kept += grapheme
  }
  return text
}

export function padText(text: string, columns: number, align: 'left' | 'right'): string {
  const padding = ' '.repeat(Math.max(0, columns - textWidth(text)))
  return align === 'right' ? padding + text : text + padding
}

function* graphemesOf(text: string): Generator<string> {
  if (narrowText.test(text)) return yield* text
  segmenter ??= new Intl.Segmenter()
  for (const { segment } of segmenter.segment(text)) yield segment
}

function graphemeWidth(grapheme: string): number {
  if (grapheme === '\t') return maxTabColumns
  // Variation selector 16 asks for an emoji; two regional indicators are a flag.
  if (/\ufe0f|^\p{Regional_Indicator}{2}/u.test(grapheme)) return 2
  if (/^[\p{Mark}\p{Default_Ignorable_Code_Point}]/u.test(grapheme)) return 0
  return eastAsianWidth(grapheme.codePointAt(0) ?? 0)
}
