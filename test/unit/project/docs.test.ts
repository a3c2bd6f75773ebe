// README.md, CONTRIBUTING.md and docs/ name files, scripts and functions that exist.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import packageJson from '../../../package.json' with { type: 'json' }
import { importsOf } from './imports.ts'

const documents = new Map(globSync(['*.md', 'docs/**/*.md']).map((file) => [file, readFileSync(file, 'utf8')] as const))
const sourceFiles = globSync('{agent,client}/**/*.ts')

describe('the documents', () => {
  it('link to files that exist', () => {
    for (const [file, text] of documents)
      for (const path of firstGroups(text, /\]\(([^):#]+)(?:#[^)]*)?\)/g))
        assert.ok(existsSync(join(dirname(file), path)), `${file} links to ${path}`)
  })

  it('name files and folders that exist', () => {
    for (const [file, text] of documents)
      for (const path of firstGroups(text, /`((?:agent|client|docs|hooks|scripts|server|systemd|test)\/[\w./-]*)`/g))
        assert.ok(/\/X\./.test(path) || existsSync(path), `${file} names ${path}`)
  })

  it('name files that exist in commands', () => {
    for (const [file, text] of documents)
      for (const path of firstGroups(text, /(?<=\s)((?:agent|client|scripts|test)\/[\w./-]+\.(?:ts|sh))\b/g))
        assert.ok(existsSync(path), `${file} names ${path}`)
  })

  it('name scripts of package.json', () => {
    for (const [file, text] of documents)
      for (const name of firstGroups(text, /\bnpm run (?:-s )?([\w:-]+)/g))
        assert.ok(name in packageJson.scripts, `${file} names npm run ${name}`)
  })

  it('name functions of the agent and its clients', () => {
    const sources = sourceFiles.map((file) => readFileSync(file, 'utf8')).join('\n')
    for (const [file, text] of documents)
      for (const name of firstGroups(text, /`(?:\w+\.)?(\w+)\(\)`/g))
        assert.match(sources, new RegExp(`\\b${name}(?:<[^>]*>)?\\(`), `${file} names ${name}()`)
  })

  it('name the file in which a function or class is', () => {
    for (const [file, text] of documents)
      for (const [, name, path = ''] of text.matchAll(/`(\w+)(?:\(\))?`\s+in\s+`([\w./-]+\.ts)`/g))
        assert.match(
          readFileSync(path, 'utf8'),
          new RegExp(`(?:function|class|interface|type|const) ${name}\\b|^ {2}(?:async )?${name}\\(`, 'm'),
          `${file} names ${name} in ${path}`,
        )
  })

  it('explain every script that contributors run', () => {
    const contributing = documents.get('CONTRIBUTING.md') ?? ''
    for (const name of Object.keys(packageJson.scripts).filter((script) => !['start', 'test'].includes(script)))
      assert.ok(
        new RegExp(`npm run ${name}\\b(?!:)`).test(contributing),
        `npm run ${name} is missing in the table of CONTRIBUTING.md`,
      )
  })
})

describe('the picture of the architecture', () => {
  const picture = documents.get('docs/architecture.md') ?? ''
  const folders = new Map(
    [...picture.matchAll(/^ +(\w+)\["([\w/]+)"\]$/gm)].map(([, id = '', path = '']) => [id, path]),
  )
  const drawn = [...picture.matchAll(/^ +(\w+) --> (.+)$/gm)].flatMap(([, from = '', to = '']) =>
    to.split(' & ').map((id) => `${folders.get(from)} imports ${folders.get(id)}`),
  )

  it('draws the folders that exist', () => {
    const existing = new Set(sourceFiles.map(folderOf).filter((folder) => folder !== null))
    assertSameSet([...folders.values()], [...existing])
  })

  it('draws an arrow for each import between folders, and no other', () => {
    const imports = sourceFiles.flatMap((file) => {
      const from = folderOf(file)
      const targets = importsOf(file).map(folderOf)
      return from === null ? [] : targets.flatMap((to) => (to === null || to === from ? [] : `${from} imports ${to}`))
    })
    assertSameSet(drawn, [...new Set(imports)])
  })

  it('stays small enough to be read', () => {
    assert.ok(folders.size <= 16, `${folders.size} folders`)
    assert.ok(drawn.length <= 40, `${drawn.length} arrows`)
  })
})

function assertSameSet(drawn: string[], actual: string[]): void {
  for (const item of actual) assert.ok(drawn.includes(item), `add to the picture of docs/architecture.md: ${item}`)
  for (const item of drawn) assert.ok(actual.includes(item), `remove from the picture of docs/architecture.md: ${item}`)
  assert.equal(drawn.length, actual.length, 'the picture of docs/architecture.md draws something twice')
}

/** Gives the first groups of all matches. */
function firstGroups(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, group = '']) => group)
}

/** Gives `agent/queue` for `agent/queue/queue.ts`; null for a file beside the folders, and for a package. */
function folderOf(file: string): string | null {
  return /^((?:agent|client)\/\w+)\//.exec(file)?.[1] ?? null
}
