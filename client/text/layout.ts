// Describes the width and the colours of the stream that text is laid out for.
import { styleText } from 'node:util'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

export interface Layout {
  /** No line may be wider; read anew for each line, since a terminal can be resized. */
  readonly columns: number
  readonly isTerminal: boolean
  paint(style: Style, text: string): string
}

const defaultColumns = 80
/** git on the pusher's machine prints `remote: ` before each line. */
const gitPrefixColumns = 8

/** @param env its COLUMNS is the width of a stream that has none, such as a pipe. */
export function createLayout(
  stream: NodeJS.WritableStream & { columns?: number; isTTY?: boolean },
  env: NodeJS.ProcessEnv,
): Layout {
  const ownColumns = /^[1-9]\d{0,3}$/.test(env.COLUMNS ?? '') ? Number(env.COLUMNS) : defaultColumns
  // styleText honours NO_COLOR and FORCE_COLOR; asked once, since each question costs a start 0.1 ms.
  const hasColours = styleText('red', '.', { stream }) !== '.'
  return {
    get columns() {
      // A terminal without a size says 0.
      return stream.columns || ownColumns
    },
    isTerminal: stream.isTTY ?? false,
    paint: (style, text) => (text && hasColours ? styleText(style, text, { validateStream: false }) : text),
  }
}

export const plainLayout: Layout = {
  columns: defaultColumns,
  isTerminal: false,
  paint: (_, text) => text,
}

export const pushLayout: Layout = { ...plainLayout, columns: defaultColumns - gitPrefixColumns }
