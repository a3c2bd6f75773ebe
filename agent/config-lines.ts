// Finds the line of a TOML file in which a key stands: the parser keeps no positions.

const keyPart = /\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([\w-]+))\s*/y

/** Returns the line, from 1 on, of the key at the path or of the closest key above it; null if none is found. */
export function findKeyLine(text: string, path: readonly string[]): number | null {
  let table: string[] = []
  let best: { line: number; depth: number } | null = null
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*\[\[?(.*?)\]\]?\s*(?:#.*)?$/.exec(line)?.[1]
    if (header !== undefined) table = readKey(header) ?? []
    const key = header === undefined ? readKey(line, '=') : []
    if (key === null) continue
    const found = [...table, ...key]
    const isAbove = found.every((part, depth) => part === path[depth])
    if (isAbove && found.length > (best?.depth ?? 0)) best = { line: index + 1, depth: found.length }
  }
  return best?.line ?? null
}

/** Reads a dotted key up to the end, or up to a sign; null if the text has no such key. */
function readKey(text: string, end = ''): string[] | null {
  const parts: string[] = []
  keyPart.lastIndex = 0
  for (;;) {
    const match = keyPart.exec(text)
    if (!match) return null
    const position = match[0].length + match.index
    parts.push(match[1] ?? match[2] ?? match[3] ?? '')
    if (end === '' ? position === text.length : text[position] === end) return parts
    if (text[position] !== '.') return null
    keyPart.lastIndex = position + 1
  }
}
