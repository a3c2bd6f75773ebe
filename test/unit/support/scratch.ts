// Creates empty folders for tests. They are removed when the test file's process ends.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const scratchFolder = mkdtempSync(join(tmpdir(), 'bpt-unit-'))
process.once('exit', () => rmSync(scratchFolder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

export function createScratchFolder(): string {
  return mkdtempSync(join(scratchFolder, 'x'))
}
