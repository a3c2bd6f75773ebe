// Checks the conventions of CONTRIBUTING.md on names and sizes. Limits may be lowered, never raised.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { describe, it } from 'node:test'

const sources = new Map(globSync('{agent,client}/**/*.ts').map((file) => [file, readFileSync(file, 'utf8')]))

const limits = { filesInFolder: 11, lines: 180, imports: 15, methods: 11 }

/** The two programs, which import all parts. */
const roots = ['agent/agent.ts', 'client/main.ts']

describe('the conventions', () => {
  it('give no two exports the same name', () => {
    const exportingFiles = new Map<string, string>()
    for (const [file, text] of sources)
      for (const [, name = ''] of text.matchAll(
        /^export (?:async )?(?:interface|type|class|function\*?|const) (\w+)/gm,
      )) {
        assert.ok(
          !exportingFiles.has(name),
          `${name} is exported by ${exportingFiles.get(name)} and ${file}: rename one of the two`,
        )
        exportingFiles.set(name, file)
      }
  })

  it('give a number a name that says its unit', () => {
    const namedUnit =
      /(?:Ms|Seconds|Bytes|Lines|Columns|Chars|Inodes|Divisor|PerSpan)$|^(?:max|exit)[A-Z]|^[A-Z_]+$|^(?:minute|hour|day)$/
    for (const [file, text] of sources)
      for (const [, name = ''] of text.matchAll(/^(?:export )?const (\w+) = [\d_]+(?: \* [\d_]+)*$/gm))
        assert.match(name, namedUnit, `${name} in ${file}: name its unit: ...Ms, ...Seconds, ...Bytes, or max...`)
  })

  it('keep folders, files and interfaces small', () => {
    const folders = Object.groupBy(sources.keys(), dirname)
    for (const [folder, files = []] of Object.entries(folders))
      assertAtMost(limits.filesInFolder, files.length, 'files', folder)
    for (const [file, text] of sources) {
      assertAtMost(limits.lines, text.split('\n').length - 1, 'lines', file)
      const imports = [...text.matchAll(/^(?:import|\} from) /gm)].length
      if (!roots.includes(file)) assertAtMost(limits.imports, imports, 'imports', file)
      for (const [, name, body = ''] of text.matchAll(/^export interface (\w+).*\{\n([\s\S]*?)^\}/gm)) {
        const methods = [...body.matchAll(/^ {2}\w+\(/gm)].length
        assertAtMost(limits.methods, methods, 'methods', `${name} in ${basename(file)}`)
      }
    }
  })
})

function assertAtMost(limit: number, count: number, noun: string, subject: string): void {
  assert.ok(count <= limit, `${subject} has ${count} ${noun}, at most ${limit}: split it`)
}
