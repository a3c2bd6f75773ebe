// Reads comments and test titles out of source files, with the scanner of TypeScript where the file is TypeScript.
import { SyntaxKind } from 'typescript/unstable/ast'
import { computeLineStarts, createScanner } from 'typescript/unstable/ast/scanner'

export interface Passage {
  /** Counts from 1. */
  line: number
  text: string
}

interface LineComment extends Passage {
  /** True if no code stands before the comment on its line. */
  standsAlone: boolean
}

interface Token {
  kind: SyntaxKind
  text: string
  value: string
  start: number
}

/** After one of these tokens a slash divides; after any other token a slash begins a regular expression. */
const valueEnds = new Set<SyntaxKind>([
  SyntaxKind.Identifier,
  SyntaxKind.PrivateIdentifier,
  SyntaxKind.NumericLiteral,
  SyntaxKind.BigIntLiteral,
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateTail,
  SyntaxKind.RegularExpressionLiteral,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.CloseBraceToken,
  SyntaxKind.ThisKeyword,
  SyntaxKind.SuperKeyword,
  SyntaxKind.NullKeyword,
  SyntaxKind.TrueKeyword,
  SyntaxKind.FalseKeyword,
])

const titleKinds = new Set<SyntaxKind>([
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateHead,
])

/** Gives the paragraphs of all comments of a TypeScript file. Line comments below each other are one comment. */
export function commentsOf(source: string): Passage[] {
  const lineStarts = computeLineStarts(source)
  const lineOf = (position: number) => lineStarts.findLastIndex((start) => start <= position) + 1
  const blocks: Passage[] = []
  const lines: LineComment[] = []
  for (const { kind, text, start } of tokensOf(source)) {
    const line = lineOf(start)
    if (kind === SyntaxKind.MultiLineCommentTrivia)
      blocks.push({ line, text: text.slice(2, -2).replace(/^[ \t]*\*+ ?/gm, '') })
    else if (kind === SyntaxKind.SingleLineCommentTrivia)
      lines.push({ line, text: text.slice(2), standsAlone: source.slice(lineStarts[line - 1], start).trim() === '' })
  }
  return [...blocks, ...joinLineComments(lines)].flatMap(paragraphsOf)
}

/** Gives the paragraphs of all comments of a shell script, a Dockerfile, a unit or a TOML file. */
export function hashCommentsOf(source: string): Passage[] {
  const comments: LineComment[] = []
  for (const [index, line] of source.split('\n').entries()) {
    const [, code = '', text] = /^((?:[^#'"]|'[^']*'|"[^"]*"|(?<!\s)#)*?)(?:^|(?<=\s))#(?!!)(.*)$/.exec(line) ?? []
    if (text !== undefined) comments.push({ line: index + 1, text, standsAlone: code.trim() === '' })
  }
  return joinLineComments(comments).flatMap(paragraphsOf)
}

/** Gives the first arguments of `describe`, `it` and `test`. */
export function testTitlesOf(source: string): Passage[] {
  const tokens = tokensOf(source).filter(({ kind }) => kind > SyntaxKind.LastTriviaToken)
  const titles: Passage[] = []
  for (const [index, { text, start }] of tokens.entries()) {
    if (!['describe', 'it', 'test'].includes(text)) continue
    const isVariant = tokens[index + 1]?.text === '.'
    const [opening, title] = tokens.slice(index + (isVariant ? 3 : 1))
    if (opening?.text === '(' && title && titleKinds.has(title.kind))
      titles.push({ line: source.slice(0, start).split('\n').length, text: title.value })
  }
  return titles
}

/** Gives all tokens of a TypeScript file, comments and white space among them. */
function tokensOf(source: string): Token[] {
  const scanner = createScanner(false, undefined, source)
  const tokens: Token[] = []
  /** The number of open braces in each template literal around the scanner's position. */
  const templates: number[] = []
  let last = SyntaxKind.Unknown
  for (let kind = scanner.scan(); kind !== SyntaxKind.EndOfFile; kind = scanner.scan()) {
    if ((kind === SyntaxKind.SlashToken || kind === SyntaxKind.SlashEqualsToken) && !valueEnds.has(last))
      kind = scanner.reScanSlashToken()
    if (kind === SyntaxKind.CloseBraceToken && templates.at(-1) === 0) {
      kind = scanner.reScanTemplateToken(false)
      if (kind === SyntaxKind.TemplateTail) templates.pop()
    } else if (kind === SyntaxKind.TemplateHead) templates.push(0)
    else if (kind === SyntaxKind.OpenBraceToken) templates.push((templates.pop() ?? 0) + 1)
    else if (kind === SyntaxKind.CloseBraceToken) templates.push((templates.pop() ?? 0) - 1)
    if (kind > SyntaxKind.LastTriviaToken) last = kind
    tokens.push({ kind, text: scanner.getTokenText(), value: scanner.getTokenValue(), start: scanner.getTokenStart() })
  }
  return tokens
}

/** Joins comments that stand alone on lines below each other. */
function joinLineComments(comments: LineComment[]): Passage[] {
  const blocks: LineComment[] = []
  for (const comment of comments) {
    const above = blocks.at(-1)
    const isNext = above && above.line + above.text.split('\n').length === comment.line
    if (isNext && above.standsAlone && comment.standsAlone) above.text = `${above.text}\n${comment.text}`
    else blocks.push({ ...comment })
  }
  return blocks
}

function paragraphsOf({ line, text }: Passage): Passage[] {
  const lines = text.split('\n').map((part) => part.trim())
  return lines.flatMap((part, index) => (part && !lines[index - 1] ? [{ line: line + index, text: part }] : []))
}
