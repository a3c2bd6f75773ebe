// Describes requests to the guard, and the rules by which it answers them.
import type { ServerResponse } from 'node:http'

export interface GuardRules {
  /** True if nothing is created: compose only believes so. */
  isPretending: boolean
  /** Services whose containers compose is to take for changed ones. */
  recreate: ReadonlySet<string>
  /** Ids that images have by their names, other than in the engine. */
  images: ReadonlyMap<string, string>
  /** True if compose is to believe that missing images exist: a deploy would build or pull them. */
  inventsImages?: boolean
  /** Services whose containers end by themselves; null if compose starts nothing. */
  jobs: ReadonlySet<string> | null
}

export interface GuardedRequest {
  method: string
  /** Path and query as compose sent them. */
  url: string
  /** The path without the version of the API. */
  path: string
  query: URLSearchParams
  headers: Record<string, string | string[] | undefined>
}

export interface GuardAnswer {
  status: number
  json?: unknown
}

export function sendAnswer(response: ServerResponse, { status, json }: GuardAnswer): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(json === undefined ? '' : JSON.stringify(json))
}

export function parseRequest(method: string, url: string, headers: GuardedRequest['headers']): GuardedRequest {
  const { pathname, searchParams } = new URL(url, 'http://engine')
  const path = decodeURIComponent(pathname.replace(/^\/v\d+\.\d+(?=\/)/, ''))
  return { method, url, path, query: searchParams, headers }
}

/** Image names are compared without the parts that Docker adds: `shop` is `docker.io/library/shop:latest`. */
export function comparableImageName(name: string): string {
  return name.replace(/^docker\.io\/(library\/)?/, '').replace(/:latest$/, '')
}
