import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { commentsOf, hashCommentsOf, testTitlesOf } from './source-text.ts'

describe('the comments of a TypeScript file', () => {
  it('are line comments, blocks and docstrings, with the line of each', () => {
    const source = '// One.\nconst a = 1 /* Two. */\n\n/** Three. */\nconst b = 2 // Four.\n'
    assert.deepEqual(
      new Map(commentsOf(source).map(({ line, text }) => [text, line])),
      new Map(Object.entries({ 'Two.': 2, 'Three.': 4, 'One.': 1, 'Four.': 5 })),
    )
  })

  it('are joined where they stand alone below each other', () => {
    assert.deepEqual(texts(commentsOf('  // One that goes\n  // on.\n')), ['One that goes'])
    assert.deepEqual(texts(commentsOf('call() // One.\n// Two.\n')), ['One.', 'Two.'])
  })

  it('give each paragraph by itself', () => {
    assert.deepEqual(texts(commentsOf('/**\n * One.\n * Still one.\n *\n * Two.\n */')), ['One.', 'Two.'])
    assert.deepEqual(texts(commentsOf('// One.\n//\n// Two.\n')), ['One.', 'Two.'])
  })

  it('are not found in strings, templates and regular expressions', () => {
    const source = [
      'const a = "http://one" // One.',
      "const b = 'it\\'s // none'",
      `const c = \`// none \${ { d: \`// \${1}\` }.d } // none\` // Two.`,
      'const e = /[/]\\/\\// none/.test(a) // Three.',
      'const f = 6 / 2 / 1 // Four.',
      'const g = [/"/, /`/] // Five.',
    ]
    assert.deepEqual(texts(commentsOf(source.join('\n'))), ['One.', 'Two.', 'Three.', 'Four.', 'Five.'])
  })
})

describe('the comments of a script', () => {
  it('leave out the interpreter line, quoted text and parameter counts', () => {
    const source = '#!/bin/sh\n# One.\n#\n# Two.\necho $# "# none" \'# none\' # Three.\n'
    assert.deepEqual(texts(hashCommentsOf(source)), ['One.', 'Two.', 'Three.'])
  })
})

describe('the titles of tests', () => {
  it('are the first arguments of describe, it and test', () => {
    const source = `describe('one', () => {\n  it.skip(\`two \${a}\`)\n  test('three', { skip })\n  it(name)\n  fit('four')\n})`
    assert.deepEqual(testTitlesOf(source), [
      { line: 1, text: 'one' },
      { line: 2, text: 'two ' },
      { line: 3, text: 'three' },
    ])
  })
})

function texts(passages: { text: string }[]): string[] {
  return passages.map(({ text }) => text)
}
