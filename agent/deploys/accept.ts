// An order becomes a deploy with a number: pinned, recorded and given a log, before anybody is told.
import type { Ledger, Order } from '../interfaces/deploy-store.ts'
import type { Peer } from '../interfaces/peer.ts'
import type { Commit } from '../interfaces/repository.ts'
import { headline } from '../protocol/deploy-text.ts'
import type { Deploy } from '../protocol/messages.ts'
import type { Workshop } from './deploy-run.ts'

export type Ask = {
  commit: Commit
  wanted: string
  via: Deploy['via']
  peer: Peer
  from: string
  /** Where the images of this revision are known: a rollback. */
  images?: Record<string, string> | null
  /** True where the images are wanted from scratch. */
  anew?: boolean
}

export type Accepted = {
  deploy: Deploy
  /** True when the same push was accepted a moment ago, from a caller who did not hear it. */
  twin: boolean
  /** The push that made this one stale before its hook came. */
  newer: Deploy | null
}

/** Milliseconds in which pushes count as of one moment: those that come twice, and those that overtake each other. */
const moment = 60_000

/** @param branch the branch whose pushes deploy. */
export async function accept(ask: Ask, { source, ledger, logs, trouble }: Workshop, branch: string): Promise<Accepted> {
  const { commit, wanted, via, peer, from, images, anew = false } = ask
  const accepted = Date.now()
  const last = via === 'push' ? ledger.lastPush() : null
  if (last?.revision === commit.revision && (last.ended === null || accepted - last.accepted < moment))
    return { deploy: last, twin: true, newer: null }
  const [tip, path] = await Promise.all([
    via === 'push' ? source.tip(branch) : null,
    logs.name(commit.revision, peer.name, new Date(accepted)),
    source.pin(commit.revision),
  ])
  const newer = tip === null || tip === commit.revision ? null : overtaken(tip, accepted, ledger)
  const order: Order = { ...commit, wanted, via, by: peer.name, uid: peer.uid, from, log: path, accepted, anew }
  const deploy = ledger.accept(order, images ?? null)
  try {
    await (await logs.open(path, headline(deploy))).close()
  } catch (thrown) {
    // It is accepted: a log that cannot be written must not leave it out of the queue.
    trouble(`deploy ${deploy.id}`, thrown)
  }
  return { deploy, twin: false, newer }
}

/** Hooks may come in another order than pushes: the branch has moved on, to what was asked for a moment ago. */
function overtaken(tip: string, now: number, ledger: Ledger): Deploy | null {
  const recent = ledger.history({ limit: 20 }).filter((one) => one.via === 'push' && now - one.accepted < moment)
  return recent.find(({ revision }) => revision === tip) ?? null
}
