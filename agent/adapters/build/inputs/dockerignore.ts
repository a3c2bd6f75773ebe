// Reads a .dockerignore. In doubt a file counts as included: a file too many costs at most a needless build.
// The library follows Docker of 2020; `matchAsBuildKit` follows today's BuildKit, and rare patterns are refused.
import library from '@balena/dockerignore'
import { UncertainInputs } from './uncertain-inputs.ts'

export interface PatternMatch {
  /** For each pattern, true if it matches the path or one of the path's folders. */
  matches: boolean[]
  isExcluded: boolean
}

export interface IgnoreRules {
  /** @param path relative to the context. @param isInExcluded true if one of the path's folders is excluded. */
  isExcluded(path: string, isInExcluded: boolean): boolean
  /** BuildKit's result for a path. @param folderMatch BuildKit's result for its folder. */
  matchAsBuildKit(path: string, folderMatch: PatternMatch | null): PatternMatch
  /** True for an excluded folder in which a later pattern may include entries again. */
  mayContainIncluded(folder: string): boolean
}

/** A name with `*` and `[abc]`, or `**` for any number of folders. */
const segment = String.raw`(?!\.{1,2}(?:/|$))(?:[\w.@~%,=: -]|\*(?!\*)|\[\w+\])+|\*\*`
const supportedPattern = new RegExp(String.raw`^!?(?:\./|/)?(?:(?:${segment})/)*(?:${segment})/?$`)

/** @throws UncertainInputs for patterns that versions of Docker read differently. */
export function parseIgnoreFile(text: string): IgnoreRules {
  const patterns = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trim())
    .filter(Boolean)
  for (const pattern of patterns)
    if (!supportedPattern.test(pattern)) throw new UncertainInputs(`the pattern ${pattern} of .dockerignore`)
  const exceptions = patterns
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) =>
      pattern
        .slice(1)
        .trim()
        .replace(/^\.?\//, ''),
    )
  const [allMatcher, exceptionMatcher] = [patterns, exceptions].map((list) =>
    library.default({ ignorecase: false }).add(list),
  )
  const rules = patterns.map((pattern) => {
    const isException = pattern.startsWith('!')
    return { isException, regExp: patternRegExp((isException ? pattern.slice(1) : pattern).trim()) }
  })
  return {
    // Inside an excluded folder BuildKit does not apply patterns that match the folder itself. A later pattern may
    // therefore not exclude there what an earlier exception includes: count every exception.
    isExcluded: (path, isInExcluded) =>
      allMatcher?.ignores(path) === true && !(isInExcluded && exceptionMatcher?.ignores(path)),
    mayContainIncluded: (folder) =>
      exceptions.some((pattern) => /[*[]/.test(pattern) || pattern.startsWith(`${folder}/`)),

    // Follows MatchesUsingParentResults of https://github.com/moby/patternmatcher: a pattern that would not change the
    // result for a folder counts as no match of the folder and of all its entries.
    matchAsBuildKit(path, folderMatch) {
      let isExcluded = false
      const matches = rules.map(({ isException, regExp }, index) => {
        const isMatch = folderMatch?.matches[index] || (isException === isExcluded && regExp.test(path))
        if (isMatch) isExcluded = !isException
        return isMatch
      })
      return { matches, isExcluded }
    },
  }
}

/** Returns a test for paths that the file leaves out; rare patterns may be read otherwise than by BuildKit. */
export function createIgnoreTest(text: string): (path: string) => boolean {
  const matcher = library.default({ ignorecase: false }).add(text)
  return (path) => matcher.ignores(path)
}

/** Matches a path by a supported pattern, but not the entries of a folder that the pattern matches. */
function patternRegExp(pattern: string): RegExp {
  const segments = pattern
    .replace(/^\.?\//, '')
    .replace(/\/$/, '')
    .split('/')
  const parts = segments.map((segment, index) => {
    const isLast = index === segments.length - 1
    if (segment === '**') return isLast ? '.*' : '(?:.*/)?'
    const names = segment.replaceAll('.', String.raw`\.`).replaceAll('*', '[^/]*')
    return isLast ? names : `${names}/`
  })
  return new RegExp(`^${parts.join('')}$`)
}
