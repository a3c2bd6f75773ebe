// Words the mistakes in a configuration file for people.
import { getSystemErrorMessage } from 'node:util'
import * as v from 'valibot'
import { findKeyLine } from './config-lines.ts'

/** Words for people in place of valibot's names of kinds of values. */
const kindTexts: Record<string, string> = {
  custom: 'a table',
  array: 'a list',
  boolean: 'true or false',
  union: 'a path or a list of paths',
}

/** A mistake in the configuration; its message has a line for each. */
export class ConfigError extends Error {}

export function unreadableConfig(file: string, thrown: unknown): ConfigError {
  const { errno, message }: NodeJS.ErrnoException = thrown instanceof Error ? thrown : new Error(String(thrown))
  const reason = errno === undefined ? message : getSystemErrorMessage(errno)
  return new ConfigError(`the configuration cannot be read: ${file}: ${reason}. Look: namei -l ${file}`, {
    cause: thrown,
  })
}

/** The parser's error. */
interface TomlMistake extends Error {
  line: number
  column: number
  codeblock: string
}

/** The parser stops at the first mistake of a file that is not TOML. */
export function syntaxProblem(file: string, thrown: TomlMistake): ConfigError {
  const [reason = ''] = thrown.message.replace(/^Invalid TOML document: /, '').split('\n')
  const extract = thrown.codeblock.trimEnd().replaceAll(/^/gm, '  ')
  const place = `line ${thrown.line}, column ${thrown.column}`
  return new ConfigError(`${file} is not valid TOML (${place}): ${reason}\n${extract}`, { cause: thrown })
}

/** @param schema of the whole file. */
export function wrongKeys(
  file: string,
  text: string,
  issues: readonly v.BaseIssue<unknown>[],
  schema: object,
): ConfigError {
  const problems = issues.map((issue) => {
    const path = (issue.path ?? []).map(({ key }) => String(key))
    const line = findKeyLine(text, path)
    const place = line === null ? '' : `line ${line}, `
    return {
      line: line ?? 0,
      text: `  ${place}${v.getDotPath(issue) ?? 'the file'}: ${problemText(issue, path, schema)}`,
    }
  })
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  const sorted = problems.toSorted((a, b) => a.line - b.line)
  return new ConfigError(`${file} has ${count}:\n${sorted.map((problem) => problem.text).join('\n')}`)
}

function problemText(issue: v.BaseIssue<unknown>, path: string[], schema: object): string {
  if (issue.kind === 'schema' && issue.type === 'strict_object' && issue.expected === 'never')
    return `is not a known key; known are: ${knownKeys(schema, path.slice(0, -1)).join(', ')}`
  const isWrongKind = issue.kind === 'schema' && issue.type !== 'picklist'
  // A mistake in how the keys of a table fit together names them itself.
  if (!isWrongKind) return isTable(issue.input) ? issue.message : `${issue.message} (found ${valueText(issue.input)})`
  return `must be ${kindTexts[issue.type] ?? `a ${issue.type}`}, not ${valueText(issue.input)}`
}

/** Lists the keys of the table at the path. */
function knownKeys(schema: unknown, path: string[]): string[] {
  const inner = unwrapTable(schema)
  const [key, ...rest] = path
  if (key === undefined) return Object.keys(inner.entries ?? {})
  return knownKeys(inner.entries?.[key] ?? inner.value, rest)
}

/** Finds the table in a schema of valibot that may be optional or a pipe. */
function unwrapTable(schema: unknown): { entries?: Record<string, unknown>; value?: unknown } {
  if (typeof schema !== 'object' || schema === null) return {}
  if ('wrapped' in schema) return unwrapTable(schema.wrapped)
  if ('pipe' in schema && Array.isArray(schema.pipe)) {
    const isTableSchema = (step: object) => 'entries' in step || ('type' in step && step.type === 'record')
    return schema.pipe.find(isTableSchema) ?? {}
  }
  return schema
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Date) return 'a date'
  return isTable(value) ? 'a table' : String(value)
}

/** Rejects lists and dates, which valibot takes for objects. */
export function isTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}
