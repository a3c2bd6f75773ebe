// Which files of a context its .dockerignore leaves out, in doubt too few: a file too many only costs a build. The
// library reads patterns as Docker did in 2020; what Docker reads in another way since, and what is rare, is refused.
import library from '@balena/dockerignore'
import { Unknowable } from './unknowable.ts'

export interface Ignored {
  /** True for a path, relative to the context, that is left out; `within` a folder that is. */
  out(path: string, within: boolean): boolean
  /** True for a path that is not left out here, and may be by Docker. */
  doubtful(path: string, within: boolean): boolean
  /** True for a folder that is left out, but may hold what is not. */
  mayHold(folder: string): boolean
}

/** Words with `*` and `[abc]`, and `**` for any number of folders. */
const part = String.raw`(?!\.{1,2}(?:/|$))(?:[\w.@~%,=: -]|\*(?!\*)|\[\w+\])+|\*\*`
const taken = new RegExp(String.raw`^!?(?:\./|/)?(?:(?:${part})/)*(?:${part})/?$`)

/** @throws Unknowable for patterns that Docker may read in another way. */
export function ignored(text: string): Ignored {
  const patterns = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trim())
    .filter(Boolean)
  for (const pattern of patterns)
    if (!taken.test(pattern)) throw new Unknowable(`the pattern ${pattern} of .dockerignore`)
  const back = patterns
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) =>
      pattern
        .slice(1)
        .trim()
        .replace(/^\.?\//, ''),
    )
  const [all, backs] = [patterns, back].map((rules) => library.default({ ignorecase: false }).add(rules))
  // Of a folder that is out BuildKit notes no further pattern, so that a later one may not take away again from it what
  // an earlier one brings back.
  const doubtful = (path: string, within: boolean) =>
    within && all?.ignores(path) === true && backs?.ignores(path) === true
  return {
    doubtful,
    out: (path, within) => all?.ignores(path) === true && !doubtful(path, within),
    mayHold: (folder) => back.some((pattern) => /[*[]/.test(pattern) || pattern.startsWith(`${folder}/`)),
  }
}
