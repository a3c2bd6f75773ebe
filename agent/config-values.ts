// Kinds of values in the configuration file.
import { isAbsolute } from 'node:path'
import * as v from 'valibot'
import { isTable } from './config-problem.ts'

export const table = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(v.custom<v.InferInput<v.StrictObjectSchema<Entries, undefined>>>(isTable), v.strictObject(entries))

export const path = (fallback: string) =>
  v.optional(v.pipe(v.string(), v.check(isAbsolute, 'must be an absolute path')), fallback)

export const name = (fallback: string) =>
  v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, 'must be a plain name')), fallback)

export const seconds = (fallback: number) =>
  v.optional(
    v.pipe(v.number(), v.minValue(1, 'must be at least 1 second'), v.maxValue(86_400, 'is over a day')),
    fallback,
  )

export const count = (fallback: number, most: number) =>
  v.optional(
    v.pipe(
      v.number(),
      v.integer('must be a whole number'),
      v.minValue(0, 'must not be negative'),
      v.maxValue(most, `must be at most ${most}`),
    ),
    fallback,
  )
