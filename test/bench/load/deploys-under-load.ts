// Deploys under load, by each strategy and by the script in turn: who was not answered, who waited longest, and for how
// long nobody was answered.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { join } from 'node:path'
import { lineEnd, now, tick } from '../measure/turns.ts'
import type { Ground } from '../site/bench-site.ts'
import { type Visit, type Visits, withoutDatabase } from './load-requests.ts'

export const candidates = ['hold', 'standby', 'plain', 'script'] as const
export type Candidate = (typeof candidates)[number]

/** One deploy, and what happened to visitors in its time. */
export interface Swap {
  /** Whether a response of 3 seconds was in flight all the time; then the old container must not end before it. */
  slow: boolean
  /** Reasons, by connections. */
  refused: { fresh: string[]; kept: string[]; slow: string[] }
  visits: { fresh: number; kept: number }
  /** Milliseconds, of new connections. */
  longest: number
  /** The same, of those that ask nothing of the database. */
  longestWithout: number
  /** The longest time without any answer to a new connection. */
  gap: number
}

/** Deploys between two changes of the strategy; the last of them has a slow response in flight. */
const block = 5

export async function loaded(ground: Ground, swaps: number): Promise<Record<Candidate, Swap[]>> {
  const found: Record<Candidate, Swap[]> = { hold: [], standby: [], plain: [], script: [] }
  for (let done = 0; done < swaps; done += block)
    for (const candidate of candidates) {
      await ground.taker(candidate === 'script' ? 'script' : 'agent')
      await ground.strategy(candidate === 'script' ? 'usual' : candidate)
      found[candidate].push(...(await blockOf(Math.min(block, swaps - done), ground)))
    }
  lineEnd()
  await ground.taker('agent')
  await ground.strategy('usual')
  return found
}

interface Deploy {
  from: number
  slow: boolean
  slowRefused: string[]
}

async function blockOf(count: number, ground: Ground): Promise<Swap[]> {
  const { address } = ground.site.vm
  const options = { execArgv: ['--no-deprecation'] }
  const visitors = fork(join(import.meta.dirname, 'load-generator.ts'), [`http://${address}`], options)
  const gone = new AbortController()
  visitors.once('exit', (code) => gone.abort(new Error(`the load ended by itself (exit ${code})`)))
  try {
    await once(visitors, 'message', { signal: gone.signal })
    const deploys: Deploy[] = []
    for (let n = 1; n <= count; n++) {
      await ground.change()
      const slow = n === count && n > 1
      const deploy: Deploy = { from: now(), slow, slowRefused: [] }
      const push = ground.push()
      deploy.slowRefused = slow ? await slowVisits(address, push) : []
      await push
      deploys.push(deploy)
      tick()
    }
    visitors.send('end')
    const [visits]: [Visits] = (await once(visitors, 'message', { signal: gone.signal })) as [Visits]
    return deploys.map((deploy, n) => swap(deploy, deploys[n + 1]?.from ?? Number.POSITIVE_INFINITY, visits))
  } finally {
    visitors.kill()
  }
}

function swap({ from, slow, slowRefused }: Deploy, to: number, { fresh, kept }: Visits): Swap {
  const within = (visits: Visit[]) => visits.filter(({ began }) => began >= from && began < to)
  const mine = { fresh: within(fresh), kept: within(kept) }
  const reasons = (visits: Visit[]) => visits.flatMap(({ reason }) => reason ?? [])
  const answered = mine.fresh.filter(({ reason }) => reason === null)
  const ends = answered.map(({ ended }) => ended).sort((a, b) => a - b)
  return {
    slow,
    refused: { fresh: reasons(mine.fresh), kept: reasons(mine.kept), slow: slowRefused },
    visits: { fresh: mine.fresh.length, kept: mine.kept.length },
    longest: longest(answered),
    longestWithout: longest(answered.filter(({ path }) => path === withoutDatabase)),
    gap: Math.max(0, ...ends.map((end, n) => end - (ends[n - 1] ?? end))),
  }
}

function longest(visits: Visit[]): number {
  return Math.max(0, ...visits.map(({ began, ended }) => ended - began))
}

/** One after the other while a push is under way, so that one is in flight whenever the swap comes. */
async function slowVisits(address: string, push: Promise<void>): Promise<string[]> {
  let over = false
  const end = () => {
    over = true
  }
  push.then(end, end)
  while (!over) {
    const { connected, reason } = await slowVisit(address)
    // One that was not even begun has met the gap: the load counts those.
    if (reason !== null) return connected ? [reason] : []
  }
  return []
}

function slowVisit(address: string): Promise<{ connected: boolean; reason: string | null }> {
  const { promise, resolve } = Promise.withResolvers<{ connected: boolean; reason: string | null }>()
  let connected = false
  const end = (reason: string | null) => resolve({ connected, reason })
  const request = get({ host: address, port: 80, path: '/slow', agent: false, timeout: 15_000 }, (response) => {
    response.on('error', ({ message }) => end(message)).resume()
    response.on('end', () => end(response.statusCode === 200 ? null : `${response.statusCode}`))
  })
  request.on('socket', (socket) => {
    socket.on('connect', () => {
      connected = true
    })
  })
  request.on('timeout', () => request.destroy(new Error('no answer within 15 s')))
  request.on('error', ({ message }) => end(message))
  return promise
}
