// What visitors want, and what becomes of each of them.

export interface Visit {
  began: number
  ended: number
  path: string
  /** Why it failed; null for an answer. */
  reason: string | null
}

/** By the connections: of their own, or kept alive. */
export interface Visits {
  fresh: Visit[]
  kept: Visit[]
}

interface Kind {
  of: keyof Visits
  /** A second. */
  rate: number
  path: string
  /** Makes it a POST. */
  body?: string
}

/** A page for which the app asks nothing of its database. */
export const withoutDatabase = '/orders'

export const kinds: Kind[] = [
  { of: 'fresh', rate: 120, path: '/' },
  { of: 'fresh', rate: 60, path: withoutDatabase, body: 'one order of two hundred bytes '.repeat(7) },
  { of: 'kept', rate: 20, path: '/' },
]

/** Of all kinds, a second. */
export const rate = kinds.reduce((sum, kind) => sum + kind.rate, 0)
