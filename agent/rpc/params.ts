// Checks the params of a call: they become the types of protocol/messages.ts, or InvalidParams.
import * as v from 'valibot'
import type { Method, Params } from '../protocol/messages.ts'
import { InvalidParams } from './json-rpc.ts'

const hash = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'must be a full hash'))
const from = v.optional(v.pipe(v.string(), v.maxLength(200)))
const word = v.pipe(v.string(), v.nonEmpty(), v.maxLength(400), v.regex(/^[^\x00-\x20\x7f]+$/, 'must be one word'))
const count = (most: number) => v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most)))

const schemas = {
  status: v.strictObject({}),
  push: v.strictObject({
    updates: v.pipe(
      v.array(
        v.strictObject({ old: hash, new: hash, ref: v.pipe(v.string(), v.startsWith('refs/'), v.maxLength(4096)) }),
      ),
      v.minLength(1),
    ),
    from,
  }),
  plan: v.strictObject({ revision: v.optional(word) }),
  deploy: v.strictObject({
    revision: word,
    build: v.optional(v.boolean()),
    from,
  }),
  follow: v.strictObject({ deploy: count(Number.MAX_SAFE_INTEGER), from: count(Number.MAX_SAFE_INTEGER) }),
  cancel: v.strictObject({ deploy: count(Number.MAX_SAFE_INTEGER) }),
  rollback: v.strictObject({ to: v.optional(word), from }),
  releases: v.strictObject({}),
  pause: v.strictObject({
    reason: v.optional(
      v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(400), v.regex(/^[^\x00-\x1f\x7f]*$/, 'must be one line')),
    ),
  }),
  resume: v.strictObject({}),
  history: v.strictObject({ limit: count(1000), before: count(Number.MAX_SAFE_INTEGER) }),
} satisfies { [M in Method]: v.GenericSchema<unknown, Params<M>> }

/** @throws InvalidParams with the name of each wrong param. */
export function parseParams<M extends Method>(method: M, raw: unknown): Params<M> {
  const schema: v.GenericSchema<unknown, Params<Method>> = schemas[method]
  const result = v.safeParse(schema, raw ?? {})
  if (result.success) return result.output as Params<M>
  const wrong = result.issues.map((issue) => `${v.getDotPath(issue) ?? 'params'}: ${issue.message}`)
  throw new InvalidParams(`Invalid params: ${wrong.join('; ')}`)
}
