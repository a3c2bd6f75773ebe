// Colour where the reader is a terminal; NO_COLOR and FORCE_COLOR are honoured by styleText itself.
import { styleText } from 'node:util'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
export type Painter = (style: Style, text: string) => string

export function createPainter(stream: NodeJS.WritableStream): Painter {
  return (style, text) => (text ? styleText(style, text, { stream }) : text)
}

export const noPaint: Painter = (_, text) => text
