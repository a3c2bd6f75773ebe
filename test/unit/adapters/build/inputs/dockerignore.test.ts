import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type PatternMatch, parseIgnoreFile } from '../../../../../agent/adapters/build/inputs/dockerignore.ts'

describe('what BuildKit makes of a .dockerignore', () => {
  for (const [what, patterns, out, kept] of [
    ['a name counts at the top alone', ['key'], ['key'], ['a/key', 'keys', 'a.key']],
    ['a folder that is left out takes with it what is within', ['a'], ['a', 'a/key', 'a/b/key'], ['b/a']],
    ['a slash or a point before a pattern changes nothing', ['/a', './b'], ['a', 'b', 'b/key'], ['c/a', 'c/b']],
    ['a slash behind a pattern changes nothing', ['key/'], ['key', 'key/a'], ['a/key']],
    ['two stars at the end are all that is within, not the folder', ['a/**'], ['a/b', 'a/b/c'], ['a', 'ab']],
    ['two stars alone are everything', ['**'], ['a', 'a/b'], []],
    ['two stars before a slash are no folder, too', ['**/key'], ['key', 'a/key', 'a/b/key'], ['akey', 'a/akey']],
    ['two stars between folders are none, too', ['a/**/key'], ['a/key', 'a/b/c/key'], ['key', 'b/a/key', 'a/bkey']],
    ['a point is a point', ['.env', '*.pem'], ['.env', 'a.pem'], ['xenv', 'apem']],
    [
      'a star stands for no slash',
      ['*.pem', 'a/*/key'],
      ['a.pem', '.pem', 'a/b/key'],
      ['a/b.pem', 'a/key', 'a/b/c/key'],
    ],
    ['brackets are one of several', ['key[12]'], ['key1', 'key2'], ['key3', 'key12']],
    ['a later pattern takes back', ['a', '!a/b'], ['a', 'a/key', 'a/bc'], ['a/b', 'a/b/c']],
    ['what is taken back may be left out again', ['*', '!a', 'a/key'], ['b', 'a/key', 'a/key/b'], ['a', 'a/b']],
    ['an earlier pattern takes back nothing', ['!key', 'key'], ['key'], []],
    ['a space behind ! and around a pattern changes nothing', ['a', '  ! /a/b/ '], ['a/c'], ['a/b']],
    ['a comment is none', ['#key', '', 'a'], ['a'], ['key', '#key']],
    // Where the folder was out already, its own pattern was not looked at.
    ['a pattern that changes nothing at a folder does not count within', ['*', '!a/b', 'a'], ['a', 'a/c'], ['a/b']],
    ['nor does one that takes back what is not out', ['!a', 'a/key'], ['a/key'], ['a', 'a/b']],
    ['one that did count at a folder counts within, in its place', ['a', '!*/b', 'a/b/key'], ['a/b/key'], ['a/b/c']],
    ['it goes on counting where another one counts, too', ['a/b', '!a/b/key', 'a'], ['a/b/key'], []],
    ['two stars at the end are all depths', ['a', '!a/b/key', 'a/**'], ['a/b/key'], []],
  ] as [string, string[], string[], string[]][])
    it(`is that ${what}`, () => {
      const made = [...out, ...kept].filter((path) => isOut(patterns, path))
      assert.deepEqual(made, out)
    })
})

/** Down the path as it is walked down, from what was made of each folder. */
function isOut(patterns: string[], path: string): boolean | undefined {
  const { matchAsBuildKit } = parseIgnoreFile(patterns.join('\n'))
  const names = path.split('/')
  let matched: PatternMatch | null = null
  for (const index of names.keys()) matched = matchAsBuildKit(names.slice(0, index + 1).join('/'), matched)
  return matched?.isExcluded
}
