// Answers the RPC methods of protocol/messages.ts.
import type { EventEmitter } from 'node:events'
import type { DeployStore } from '../interfaces/deploy-store.ts'
import type { Images } from '../interfaces/engine/images.ts'
import type { Repository } from '../interfaces/repository.ts'
import { outcomeOf } from '../protocol/deploy-outcome.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy, DeployOutcome, Method, Params, Result, Status } from '../protocol/messages.ts'
import type { DeployScheduler } from '../queue/scheduler.ts'
import type { PlanRevision } from '../releases/plans/plan-revision.ts'
import { findPreviousRelease, findRelease } from '../releases/rollback-target.ts'
import { FollowerThrottle } from './follower-throttle.ts'
import type { CallContext, Methods } from './json-rpc.ts'
import { type LogStreamDeps, streamLog } from './log-stream.ts'
import { parseParams } from './params.ts'
import { readPush } from './read-push.ts'

/** Releases that `releases` lists. */
const maxListed = 50

export interface MethodDeps {
  repository: Pick<Repository, 'resolve' | 'keepLeftBehind'>
  /** The folder of the repository. */
  workTree: string
  images: Pick<Images, 'hasImages'>
  store: Pick<
    DeployStore,
    | 'findDeploy'
    | 'newestDeploy'
    | 'history'
    | 'liveDeploy'
    | 'imagesOf'
    | 'releases'
    | 'newestRelease'
    | 'isBad'
    | 'wasRequested'
  >
  scheduler: Pick<DeployScheduler, 'enqueue' | 'cancel' | 'pause' | 'endPause'>
  /** The branch whose pushes deploy. */
  branch: string
  /** Emits the path of a log when the log has grown or its deploy has ended. */
  logEvents: EventEmitter
  readStatus(): Promise<Status>
  planRevision: PlanRevision
}

export function createMethods(deps: MethodDeps): Methods {
  const { repository, images, store, scheduler, branch, logEvents, readStatus, planRevision } = deps
  const throttle = new FollowerThrottle()
  return {
    status: withCheckedParams('status', readStatus),

    push: withCheckedParams('push', async ({ updates, from = '' }, { peer }) => {
      const { update, notes } = await readPush(updates, deps)
      if (!update) return { deploy: null, notes }
      const commit = await repository.resolve(update.new)
      const { id } = await scheduler.enqueue({ commit, wanted: update.ref, via: 'push', peer, from })
      return { deploy: id, notes }
    }),

    plan: withCheckedParams('plan', async ({ revision = `refs/heads/${branch}` }, { gone }) =>
      planRevision(await repository.resolve(revision), gone),
    ),

    deploy: withCheckedParams('deploy', async ({ revision, build: noCache = false, from = '' }, { peer }) => {
      const commit = await repository.resolve(revision)
      const { id } = await scheduler.enqueue({ commit, wanted: revision, via: 'deploy', peer, from, noCache })
      return { deploy: id, revision: commit.revision }
    }),

    follow: withCheckedParams('follow', async ({ deploy: id, from: firstLine = 1 }, { notify, gone }) => {
      const deploy = id === undefined ? store.newestDeploy() : store.findDeploy(id)
      if (!deploy) throw Failure.of('no_such_deploy', { deploy: id ?? null, newest: store.newestDeploy()?.id ?? null })
      const findDeploy = () => store.findDeploy(deploy.id)
      const send: LogStreamDeps['send'] = (lines) => notify('lines', lines)
      await streamLog(deploy, firstLine, { findDeploy, logEvents, throttle, send, gone })
      return requireEnded(findDeploy())
    }),

    history: withCheckedParams('history', async (params) => store.history(params)),

    cancel: withCheckedParams('cancel', async ({ deploy }, { peer }) =>
      requireEnded(await scheduler.cancel(deploy ?? null, peer.name)),
    ),

    rollback: withCheckedParams('rollback', async ({ to, from = '' }, { peer }) => {
      const resolve = async (wanted: string) => (await repository.resolve(wanted)).revision
      const target = to ? await findRelease(to, store, resolve) : findPreviousRelease(store)
      const imageIds = store.imagesOf(target.id)
      const image = imageIds !== null && (await images.hasImages(imageIds))
      const wanted = `deploy ${target.id}`
      const { id } = await scheduler.enqueue({
        commit: target,
        wanted,
        via: 'rollback',
        peer,
        from,
        imagesOf: target.id,
      })
      return { deploy: id, revision: target.revision, image: image && store.imagesOf(id) !== null }
    }),

    releases: withCheckedParams('releases', async () => {
      const live = store.liveDeploy()
      const describeRelease = async (deploy: Deploy) => {
        const imageIds = store.imagesOf(deploy.id)
        const image = imageIds !== null && (await images.hasImages(imageIds))
        return { deploy, image, live: deploy.revision === live?.revision, bad: store.isBad(deploy.revision) }
      }
      return Promise.all(store.releases(maxListed).map(describeRelease))
    }),

    pause: withCheckedParams('pause', async ({ reason = 'no reason was given' }, { peer }) => {
      const pause = { reason, by: peer.name, since: Date.now() }
      scheduler.pause(pause)
      return pause
    }),

    resume: withCheckedParams('resume', async (_, { peer }) => scheduler.endPause(peer.name)),
  } satisfies Record<Method, Methods[string]>
}

/** Checks the params before the method sees them. */
function withCheckedParams<M extends Method>(
  method: M,
  answer: (params: Params<M>, context: CallContext) => Promise<Result<M>>,
): Methods[string] {
  return (raw, context) => answer(parseParams(method, raw), context)
}

/** @throws Failure `stopping`: only a stopping agent answers before the deploy has ended. */
function requireEnded(deploy: Deploy | null): DeployOutcome {
  const outcome = deploy && outcomeOf(deploy)
  if (!outcome) throw Failure.of('stopping', {})
  return outcome
}
