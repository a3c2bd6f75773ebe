// Reads the imports of source files.
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** Lists the imports of a file: files by their paths from the checkout, packages by their names. */
export function importsOf(file: string): string[] {
  const statements = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/gms,
  )
  return [...statements]
    .map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '')
    .map((name) => (name.startsWith('.') ? normalize(join(dirname(file), name)) : name))
}
