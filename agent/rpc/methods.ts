// The calls of protocol/messages.ts, answered: who may ask what, and what each answer holds.
import type { EventEmitter } from 'node:events'
import { outcome } from '../deploys/deploy-run.ts'
import type { Deploys } from '../deploys/scheduler.ts'
import type { Ledger } from '../interfaces/deploy-store.ts'
import type { Engine } from '../interfaces/engine.ts'
import type { Source } from '../interfaces/repository.ts'
import { release, short } from '../protocol/deploy-text.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy, Ended, Method, Params, RefUpdate, Result, Status } from '../protocol/messages.ts'
import { named, previous } from '../releases/rollback-target.ts'
import { Turns } from './follower-throttle.ts'
import type { Caller, Methods } from './json-rpc.ts'
import { follow } from './log-stream.ts'
import { read } from './params.ts'

/** Releases that `releases` lists, and that a rollback may search. */
const listed = 50
const searched = 1_000

export interface Desk {
  source: Source
  engine: Engine
  ledger: Ledger
  deploys: Deploys
  branch: string
  news: EventEmitter
  status(): Promise<Status>
}

export function methods({ source, engine, ledger, deploys, branch, news, status }: Desk): Methods {
  const turns = new Turns()
  return {
    status: on('status', status),

    push: on('push', async ({ updates, from = '' }, { peer }) => {
      const update = updates.find(({ ref, new: hash }) => ref === `refs/heads/${branch}` && !gone(hash))
      const notes = updates.filter((one) => one !== update).map((one) => ignored(one, branch, ledger.live()))
      if (!update) return { deploy: null, notes }
      const commit = await source.resolve(update.new)
      const { id } = await deploys.ask({ commit, wanted: update.ref, via: 'push', peer, from })
      return { deploy: id, notes }
    }),

    deploy: on('deploy', async ({ revision, build: anew = false, from = '' }, { peer }) => {
      const commit = await source.resolve(revision)
      const { id } = await deploys.ask({ commit, wanted: revision, via: 'deploy', peer, from, anew })
      return { deploy: id, revision: commit.revision }
    }),

    follow: on('follow', async ({ deploy: id, from = 1 }, { notify, gone }) => {
      const deploy = id === undefined ? ledger.newest() : ledger.find(id)
      if (!deploy) throw Failure.of('no_such_deploy', { deploy: id ?? null })
      const find = () => ledger.find(deploy.id)
      await follow(deploy, from, { find, news, turns, send: (lines) => notify('lines', lines), gone })
      return told(find())
    }),

    history: on('history', async (params) => ledger.history(params)),

    cancel: on('cancel', async ({ deploy }, { peer }) => told(await deploys.cancel(deploy ?? null, peer.name))),

    rollback: on('rollback', async ({ to, from = '' }, { peer }) => {
      const resolve = async (wanted: string) => (await source.resolve(wanted)).revision
      const target = to ? await named(to, ledger, resolve) : previous(ledger.releases(searched), ledger.live())
      const images = ledger.images(target.id)
      const image = images !== null && (await engine.has(images))
      const wanted = `deploy ${target.id}`
      const { id } = await deploys.ask({ commit: target, wanted, via: 'rollback', peer, from, images })
      return { deploy: id, revision: target.revision, image }
    }),

    releases: on('releases', async () => {
      const live = ledger.live()
      const there = async (deploy: Deploy) => {
        const images = ledger.images(deploy.id)
        const image = images !== null && (await engine.has(images))
        return { deploy, image, live: deploy.revision === live?.revision }
      }
      return Promise.all(ledger.releases(listed).map(there))
    }),

    pause: on('pause', async ({ reason = 'no reason was given' }, { peer }) => {
      const pause = { reason, by: peer.name, since: Date.now() }
      deploys.pause(pause)
      return pause
    }),

    resume: on('resume', async (_, { peer }) => deploys.unpause(peer.name)),
  } satisfies Record<Method, Methods[string]>
}

/** A method that gets its params checked. */
function on<M extends Method>(
  method: M,
  answer: (params: Params<M>, caller: Caller) => Promise<Result<M>>,
): Methods[string] {
  return (raw, caller) => answer(read(method, raw), caller)
}

/** An outcome that is asked for before it is there: the agent stops. */
function told(deploy: Deploy | null): Ended {
  const ended = deploy && outcome(deploy)
  if (!ended) throw Failure.of('stopping', {})
  return ended
}

function ignored({ ref, new: hash }: RefUpdate, branch: string, live: Deploy | null): string {
  const name = ref.replace(/^refs\/(heads|tags)\//, '')
  const kind = ref.startsWith('refs/tags/') ? 'tag' : 'branch'
  const what = gone(hash) ? `the ${kind} ${name} was deleted` : `${kind} ${name} is not ${branch}`
  return `Nothing is deployed: ${what}. ${live ? `Live is ${release(live, Date.now())}.` : 'Nothing is live yet.'}${
    gone(hash) ? '' : ` Deploy it: bptctl deploy ${kind === 'tag' ? name : short(hash)}`
  }`
}

/** git writes a deleted ref's new value as zeros. */
function gone(hash: string): boolean {
  return /^0+$/.test(hash)
}
