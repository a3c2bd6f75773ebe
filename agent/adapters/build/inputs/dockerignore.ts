// Which files of a context its .dockerignore leaves out, in doubt too few: a file too many only costs a build. The
// library reads patterns as Docker did in 2020; what is rare is refused, and where BuildKit differs is told.
import library from '@balena/dockerignore'
import { UncertainInputs } from './uncertain-inputs.ts'

/** Which patterns match a path or a folder of it, and whether it is left out. */
export interface PatternMatch {
  matches: boolean[]
  isExcluded: boolean
}

export interface IgnoreRules {
  /** True for a path, relative to the context, that is left out; `within` a folder that is. */
  isExcluded(path: string, within: boolean): boolean
  /** What BuildKit makes of a path, from what it made of its folder. */
  matchAsBuildKit(path: string, folder: PatternMatch | null): PatternMatch
  /** True for a folder that is left out, but may hold what is not. */
  mayContainIncluded(folder: string): boolean
}

/** Words with `*` and `[abc]`, and `**` for any number of folders. */
const part = String.raw`(?!\.{1,2}(?:/|$))(?:[\w.@~%,=: -]|\*(?!\*)|\[\w+\])+|\*\*`
const taken = new RegExp(String.raw`^!?(?:\./|/)?(?:(?:${part})/)*(?:${part})/?$`)

/** @throws UncertainInputs for patterns that Docker may read in another way. */
export function parseIgnoreFile(text: string): IgnoreRules {
  const patterns = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trim())
    .filter(Boolean)
  for (const pattern of patterns)
    if (!taken.test(pattern)) throw new UncertainInputs(`the pattern ${pattern} of .dockerignore`)
  const back = patterns
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) =>
      pattern
        .slice(1)
        .trim()
        .replace(/^\.?\//, ''),
    )
  const [all, backs] = [patterns, back].map((rules) => library.default({ ignorecase: false }).add(rules))
  const rules = patterns.map((pattern) => {
    const back = pattern.startsWith('!')
    return { back, form: form((back ? pattern.slice(1) : pattern).trim()) }
  })
  return {
    // Of a folder that is out BuildKit notes no further pattern, so that a later one may not take away again from it
    // what an earlier one brings back.
    isExcluded: (path, within) => all?.ignores(path) === true && !(within && backs?.ignores(path)),
    mayContainIncluded: (folder) => back.some((pattern) => /[*[]/.test(pattern) || pattern.startsWith(`${folder}/`)),

    // As in https://github.com/moby/patternmatcher, MatchesUsingParentResults: a pattern that could change nothing at a
    // folder counts as one that does not match it, for all that is within, too.
    matchAsBuildKit(path, folder) {
      let isExcluded = false
      const matches = rules.map(({ back, form }, index) => {
        const matches = folder?.matches[index] || (back === isExcluded && form.test(path))
        if (matches) isExcluded = !back
        return matches
      })
      return { matches, isExcluded }
    },
  }
}

/** A pattern, of those that are taken, for a path that is matched itself and not by a folder of it. */
function form(pattern: string): RegExp {
  const parts = pattern
    .replace(/^\.?\//, '')
    .replace(/\/$/, '')
    .split('/')
  const written = parts.map((part, index) => {
    const last = index === parts.length - 1
    if (part === '**') return last ? '.*' : '(?:.*/)?'
    const names = part.replaceAll('.', String.raw`\.`).replaceAll('*', '[^/]*')
    return last ? names : `${names}/`
  })
  return new RegExp(`^${written.join('')}$`)
}
