// Answers the methods of protocol/messages.ts.
import type { EventEmitter } from 'node:events'
import type { DeployStore } from '../interfaces/deploy-store.ts'
import type { Images } from '../interfaces/engine/images.ts'
import type { Repository } from '../interfaces/repository.ts'
import { outcomeOf } from '../protocol/deploy-outcome.ts'
import { releaseText, shortHash } from '../protocol/deploy-text.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy, DeployOutcome, Method, Params, RefUpdate, Result, Status } from '../protocol/messages.ts'
import type { DeployScheduler } from '../queue/scheduler.ts'
import { findPreviousRelease, findRelease } from '../releases/rollback-target.ts'
import { FollowerThrottle } from './follower-throttle.ts'
import type { Caller, Methods } from './json-rpc.ts'
import { streamLog } from './log-stream.ts'
import { parseParams } from './params.ts'

/** Numbers of releases that `releases` lists and that a rollback searches. */
const maxListed = 50
const maxSearched = 1_000

export interface MethodDeps {
  repository: Repository
  images: Images
  store: DeployStore
  deploys: DeployScheduler
  branch: string
  news: EventEmitter
  status(): Promise<Status>
}

export function createMethods({ repository, images, store, deploys, branch, news, status }: MethodDeps): Methods {
  const turns = new FollowerThrottle()
  return {
    status: withCheckedParams('status', status),

    push: withCheckedParams('push', async ({ updates, from = '' }, { peer }) => {
      const update = updates.find(({ ref, new: hash }) => ref === `refs/heads/${branch}` && !isDeletion(hash))
      const notes = updates
        .filter((one) => one !== update)
        .map((one) => ignoredRefNote(one, branch, store.liveDeploy()))
      if (!update) return { deploy: null, notes }
      const commit = await repository.resolve(update.new)
      const { id } = await deploys.enqueue({ commit, wanted: update.ref, via: 'push', peer, from })
      return { deploy: id, notes }
    }),

    deploy: withCheckedParams('deploy', async ({ revision, build: noCache = false, from = '' }, { peer }) => {
      const commit = await repository.resolve(revision)
      const { id } = await deploys.enqueue({ commit, wanted: revision, via: 'deploy', peer, from, noCache })
      return { deploy: id, revision: commit.revision }
    }),

    follow: withCheckedParams('follow', async ({ deploy: id, from = 1 }, { notify, gone }) => {
      const deploy = id === undefined ? store.newestDeploy() : store.findDeploy(id)
      if (!deploy) throw Failure.of('no_such_deploy', { deploy: id ?? null, newest: store.newestDeploy()?.id ?? null })
      const find = () => store.findDeploy(deploy.id)
      await streamLog(deploy, from, { find, news, turns, send: (lines) => notify('lines', lines), gone })
      return requireEnded(find())
    }),

    history: withCheckedParams('history', async (params) => store.history(params)),

    cancel: withCheckedParams('cancel', async ({ deploy }, { peer }) =>
      requireEnded(await deploys.cancel(deploy ?? null, peer.name)),
    ),

    rollback: withCheckedParams('rollback', async ({ to, from = '' }, { peer }) => {
      const resolve = async (wanted: string) => (await repository.resolve(wanted)).revision
      const target = to
        ? await findRelease(to, store, resolve)
        : findPreviousRelease(store.releases(maxSearched), store.liveDeploy())
      const imageIds = store.imagesOf(target.id)
      const image = imageIds !== null && (await images.hasImages(imageIds))
      const wanted = `deploy ${target.id}`
      const { id } = await deploys.enqueue({ commit: target, wanted, via: 'rollback', peer, from, imagesOf: target.id })
      return { deploy: id, revision: target.revision, image: image && store.imagesOf(id) !== null }
    }),

    releases: withCheckedParams('releases', async () => {
      const live = store.liveDeploy()
      const there = async (deploy: Deploy) => {
        const imageIds = store.imagesOf(deploy.id)
        const image = imageIds !== null && (await images.hasImages(imageIds))
        return { deploy, image, live: deploy.revision === live?.revision }
      }
      return Promise.all(store.releases(maxListed).map(there))
    }),

    pause: withCheckedParams('pause', async ({ reason = 'no reason was given' }, { peer }) => {
      const pause = { reason, by: peer.name, since: Date.now() }
      deploys.pause(pause)
      return pause
    }),

    resume: withCheckedParams('resume', async (_, { peer }) => deploys.resumeQueue(peer.name)),
  } satisfies Record<Method, Methods[string]>
}

/** Makes a method that gets checked params. */
function withCheckedParams<M extends Method>(
  method: M,
  answer: (params: Params<M>, caller: Caller) => Promise<Result<M>>,
): Methods[string] {
  return (raw, caller) => answer(parseParams(method, raw), caller)
}

/** The outcome; a deploy without one means that the agent is stopping. */
function requireEnded(deploy: Deploy | null): DeployOutcome {
  const ended = deploy && outcomeOf(deploy)
  if (!ended) throw Failure.of('stopping', {})
  return ended
}

function ignoredRefNote({ ref, new: hash }: RefUpdate, branch: string, live: Deploy | null): string {
  const name = ref.replace(/^refs\/(heads|tags)\//, '')
  const kind = ref.startsWith('refs/tags/') ? 'tag' : 'branch'
  const what = isDeletion(hash) ? `the ${kind} ${name} was deleted` : `${kind} ${name} is not ${branch}`
  return `Nothing is deployed: ${what}. ${live ? `Live is ${releaseText(live, Date.now())}.` : 'Nothing is live yet.'}${
    isDeletion(hash) ? '' : ` Deploy it: bptctl deploy ${kind === 'tag' ? name : shortHash(hash)}`
  }`
}

/** git writes zeros as the new value of a deleted ref. */
function isDeletion(hash: string): boolean {
  return /^0+$/.test(hash)
}
