// Words the mistakes in a configuration file for people.
import type * as v from 'valibot'

/** Words for people in place of valibot's names of kinds of values. */
const kindTexts: Record<string, string> = {
  custom: 'a table',
  array: 'a list',
  boolean: 'true or false',
  union: 'a path or a list of paths',
}

export function problemText(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === 'schema' && issue.type === 'strict_object' && issue.expected === 'never')
    return 'is not a known key'
  const isWrongKind = issue.kind === 'schema' && issue.type !== 'picklist'
  if (!isWrongKind) return `${issue.message} (found ${valueText(issue.input)})`
  return `must be ${kindTexts[issue.type] ?? `a ${issue.type}`}, not ${valueText(issue.input)}`
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
