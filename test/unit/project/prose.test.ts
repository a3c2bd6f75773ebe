// A comment and a test title begin with their subject or their verb, never with a relative or a question word.
import assert from 'node:assert/strict'
import { globSync, readFileSync, statSync } from 'node:fs'
import { describe, it } from 'node:test'
import { commentsOf, hashCommentsOf, type Passage, testTitlesOf } from './source-text.ts'

const relativeWord =
  /^(?:who|whom|whose|what|which|that|where|when|how|why|whether|(?:who|whom|what|which|where|when)(?:so)?ever)\b/i

const hashFiles = [
  'hooks/*',
  'systemd/*.{sh,service,socket,sysusers,tmpfiles,toml,catalog}',
  'test/**/{*.sh,Dockerfile,entrypoint}',
]

describe('the prose', () => {
  for (const folder of ['agent', 'client', 'hooks', 'scripts', 'systemd', 'test'])
    it(`begins no comment and no test title of ${folder}/ with a relative word`, () => {
      const scripts = globSync([`${folder}/**/*.ts`])
      const others = globSync(hashFiles).filter((file) => file.startsWith(`${folder}/`) && statSync(file).isFile())
      const offenders = [
        ...scripts.flatMap((file) => offendersOf(file, [...commentsOf(textOf(file)), ...testTitlesOf(textOf(file))])),
        ...others.flatMap((file) => offendersOf(file, hashCommentsOf(textOf(file)))),
      ]
      assert.equal(offenders.join('\n'), '', `begin these with their subject or their verb:\n${offenders.join('\n')}`)
    })

  it('tells a relative word from other words', () => {
    for (const text of [
      'What is',
      'who waits',
      "What's new",
      'Whoever',
      'Whatsoever',
      'How many',
      'That is',
      'Whether',
    ])
      assert.match(text, relativeWord)
    for (const text of ['However, it', 'Whole files', 'Thatched', 'Hows', 'The agent', 'Whenceforth', 'Show', 'While'])
      assert.doesNotMatch(text, relativeWord)
  })
})

function textOf(file: string): string {
  return readFileSync(file, 'utf8')
}

function offendersOf(file: string, passages: Passage[]): string[] {
  return passages
    .filter(({ text }) => relativeWord.test(text))
    .map(({ line, text }) => `${file}:${line}: ${text.slice(0, 80)}`)
}
