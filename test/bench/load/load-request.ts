// Declares the requests of the load generator, and the record of each.

/** The result of one request. */
export interface RequestRecord {
  began: number
  ended: number
  path: string
  /** The reason of the failure; null for an answer. */
  failure: string | null
}

export type ConnectionKind = 'newConnection' | 'keptAlive'
export type LoadRecords = Record<ConnectionKind, RequestRecord[]>

export interface RequestKind {
  connection: ConnectionKind
  requestsPerSecond: number
  path: string
  /** Makes the request a POST. */
  body?: string
}

/** A page for which the app does not query its database. */
export const pathWithoutDatabase = '/orders'

export const requestKinds: RequestKind[] = [
  { connection: 'newConnection', requestsPerSecond: 120, path: '/' },
  {
    connection: 'newConnection',
    requestsPerSecond: 60,
    path: pathWithoutDatabase,
    body: 'one order of two hundred bytes '.repeat(7),
  },
  { connection: 'keptAlive', requestsPerSecond: 20, path: '/' },
]

export const totalRequestsPerSecond = requestKinds.reduce((sum, { requestsPerSecond }) => sum + requestsPerSecond, 0)
