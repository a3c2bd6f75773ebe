import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type PatternMatch, parseIgnoreFile } from '../../../../../agent/adapters/build/inputs/dockerignore.ts'

describe('matchAsBuildKit', () => {
  for (const [title, patterns, excluded, included] of [
    ['matches a name only at the top', ['key'], ['key'], ['a/key', 'keys', 'a.key']],
    ['excludes the entries of an excluded folder', ['a'], ['a', 'a/key', 'a/b/key'], ['b/a']],
    ['ignores a slash or ./ before a pattern', ['/a', './b'], ['a', 'b', 'b/key'], ['c/a', 'c/b']],
    ['ignores a slash after a pattern', ['key/'], ['key', 'key/a'], ['a/key']],
    ['reads ** at the end as all entries of the folder, not the folder', ['a/**'], ['a/b', 'a/b/c'], ['a', 'ab']],
    ['reads ** alone as everything', ['**'], ['a', 'a/b'], []],
    ['reads **/ as any number of folders, or none', ['**/key'], ['key', 'a/key', 'a/b/key'], ['akey', 'a/akey']],
    [
      'reads /**/ as any number of folders, or none',
      ['a/**/key'],
      ['a/key', 'a/b/c/key'],
      ['key', 'b/a/key', 'a/bkey'],
    ],
    ['reads a point as a point', ['.env', '*.pem'], ['.env', 'a.pem'], ['xenv', 'apem']],
    [
      'reads * as any text without a slash',
      ['*.pem', 'a/*/key'],
      ['a.pem', '.pem', 'a/b/key'],
      ['a/b.pem', 'a/key', 'a/b/c/key'],
    ],
    ['reads brackets as one of several characters', ['key[12]'], ['key1', 'key2'], ['key3', 'key12']],
    ['includes again by a later exception', ['a', '!a/b'], ['a', 'a/key', 'a/bc'], ['a/b', 'a/b/c']],
    ['excludes again after an exception', ['*', '!a', 'a/key'], ['b', 'a/key', 'a/key/b'], ['a', 'a/b']],
    ['ignores an exception before the exclusion', ['!key', 'key'], ['key'], []],
    ['ignores spaces around a pattern and after !', ['a', '  ! /a/b/ '], ['a/c'], ['a/b']],
    ['ignores comments and empty lines', ['#key', '', 'a'], ['a'], ['key', '#key']],
    // The folder was excluded already, so the last pattern is skipped for the folder and for its entries.
    [
      'skips for the entries a pattern that did not change the result for their folder',
      ['*', '!a/b', 'a'],
      ['a', 'a/c'],
      ['a/b'],
    ],
    ['skips for the entries an exception for a folder that was not excluded', ['!a', 'a/key'], ['a/key'], ['a', 'a/b']],
    [
      'applies to the entries a pattern that matched their folder, in its place',
      ['a', '!*/b', 'a/b/key'],
      ['a/b/key'],
      ['a/b/c'],
    ],
    [
      'applies to the entries a pattern that matched their folder, even if another one matches',
      ['a/b', '!a/b/key', 'a'],
      ['a/b/key'],
      [],
    ],
    ['reads ** at the end as entries of all depths', ['a', '!a/b/key', 'a/**'], ['a/b/key'], []],
  ] as [string, string[], string[], string[]][])
    it(title, () => {
      const result = [...excluded, ...included].filter((path) => isExcluded(patterns, path))
      assert.deepEqual(result, excluded)
    })
})

/** Matches each folder of the path first, as readContext does it. */
function isExcluded(patterns: string[], path: string): boolean | undefined {
  const { matchAsBuildKit } = parseIgnoreFile(patterns.join('\n'))
  const names = path.split('/')
  let matched: PatternMatch | null = null
  for (const index of names.keys()) matched = matchAsBuildKit(names.slice(0, index + 1).join('/'), matched)
  return matched?.isExcluded
}
