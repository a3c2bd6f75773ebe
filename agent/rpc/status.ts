// Reads the status: the deploys of the store beside the containers that Docker runs. It never waits long for Docker.
import { setTimeout as after } from 'node:timers/promises'
import type { DeployStore } from '../interfaces/deploy-store.ts'
import type { Images } from '../interfaces/engine/images.ts'
import type { ListedContainer, Stack } from '../interfaces/engine/stack.ts'
import type { Repository } from '../interfaces/repository.ts'
import { Failure } from '../protocol/failure.ts'
import type { Deploy, RunningDeploy, Status } from '../protocol/messages.ts'
import { liveFaultText, putBackStatusText } from '../protocol/watch/fault-text.ts'
import type { DeployScheduler } from '../queue/scheduler.ts'
import type { LiveStack } from '../releases/plans/live-stack.ts'
import { findGoodRelease } from '../releases/rollback-target.ts'
import { findDrift } from './drift.ts'
import { readDisk } from './read-disk.ts'
import { describeUnreported } from './unreported-tip.ts'

export interface StatusDeps {
  repository: Pick<Repository, 'branchTip' | 'countAhead' | 'findPushObstacles'>
  stack: Pick<Stack, 'listContainers' | 'missingPlugin'>
  images: Pick<Images, 'hasImages'>
  store: Pick<
    DeployStore,
    | 'liveDeploy'
    | 'findDeploy'
    | 'history'
    | 'pause'
    | 'isRestorePending'
    | 'medianStepDuration'
    | 'revisionsWithImages'
    | 'newestRelease'
    | 'imagesOf'
    | 'releases'
    | 'isBad'
    | 'lastPush'
    | 'wasRequested'
  >
  scheduler: Pick<DeployScheduler, 'snapshot'>
  liveStack: Pick<LiveStack, 'readDifference'>
  branch: string
  /** A directory of the file system whose free space is shown. */
  diskPath: string
}

/** Milliseconds that Docker gets to answer; after that the status has no containers. */
const dockerTimeoutMs = 1_500

/** Releases beyond these are not looked for in Docker: each costs some requests. */
const maxVerified = 20

/** Milliseconds that compose gets to answer after containers have changed; an answer is mostly remembered. */
const composeTimeoutMs = 1_000

/** Waiting deploys beyond these are only counted. */
const maxListed = 10

export async function readStatus(deps: StatusDeps, version: string): Promise<Status> {
  const { store, scheduler, branch } = deps
  const wasRunning = scheduler.snapshot().running !== null
  const liveBefore = store.liveDeploy()
  const [containers, difference, releases, disk, { tip, ahead }, obstacles] = await Promise.all([
    readContainers(deps.stack),
    wasRunning || !liveBefore ? null : deps.liveStack.readDifference(composeTimeoutMs),
    countKeptReleases(deps),
    readDisk(deps.diskPath),
    readBranch(deps, liveBefore),
    deps.repository.findPushObstacles(branch),
  ])
  // Read everything that deploys change in one turn, so that its parts agree.
  const live = store.liveDeploy()
  const isCurrent = live?.id === liveBefore?.id
  const { running, waiting } = scheduler.snapshot()
  const described = { ...containers, containers: describeContainers(containers.containers, live, store) }
  const hasSettled = isCurrent && !wasRunning && !running
  return {
    // Counted back from now: the clock may have been set since the start.
    agent: { version, since: Date.now() - Math.round(1_000 * process.uptime()), pid: process.pid },
    live,
    branch: { name: branch, tip, ahead: isCurrent ? ahead : null },
    running: running && describeRunning(running, store),
    pause: store.pause(),
    waiting: waiting.slice(0, maxListed).flatMap(({ id }) => store.findDeploy(id) ?? []),
    waitingCount: waiting.length,
    last: findLastFailed(store, live),
    ...described,
    // Containers that were listed while a deploy replaced them prove nothing.
    drift: hasSettled ? findDrift(live, store.isRestorePending(), described.containers ?? [], difference) : [],
    fault: live && describeFault(live, store),
    pushObstacles: [...obstacles, ...describeUnreported({ name: branch, tip }, live, store)],
    disk,
    releases,
  }
}

/** Counts the releases whose images exist; those that Docker does not tell in time count if they are recorded. */
async function countKeptReleases({ images, store }: Pick<StatusDeps, 'images' | 'store'>): Promise<number> {
  const recorded = store.revisionsWithImages()
  const areThere = async (revision: string) => {
    const release = store.newestRelease(revision)
    const imageIds = release && store.imagesOf(release.id)
    return !imageIds || images.hasImages(imageIds).catch(() => true)
  }
  const answered = new AbortController()
  const timeout = after(dockerTimeoutMs, true, { signal: answered.signal }).catch(() => true)
  const found = await Promise.all(
    recorded.slice(0, maxVerified).map((revision) => Promise.race([areThere(revision), timeout])),
  )
  answered.abort()
  return recorded.length - found.filter((isThere) => !isThere).length
}

function describeRunning(
  { deploy, at }: NonNullable<ReturnType<DeployScheduler['snapshot']>['running']>,
  store: StatusDeps['store'],
): RunningDeploy {
  return {
    ...deploy,
    step: at?.step ?? 'begins',
    stepBegan: at?.began ?? Date.now(),
    usually: at ? store.medianStepDuration(at.step) : null,
    lastLine: at?.lastLine ?? '',
  }
}

function describeFault(live: Deploy, store: StatusDeps['store']): string | null {
  if (live.fault) return liveFaultText(live, live.fault, findGoodRelease(store) !== null)
  if (live.via !== 'put back') return null
  const bad = store.history({ limit: maxListed, before: live.id }).find(({ fault }) => fault !== null)
  return bad?.fault ? putBackStatusText(live, bad, bad.fault) : null
}

/** Finds the newest deploy that began and ended, if it was to replace the live release and did not. */
function findLastFailed(store: StatusDeps['store'], live: Deploy | null): Deploy | null {
  const newest = store.history({ limit: maxListed }).find(({ began, ended }) => began !== null && ended !== null)
  const hasFailed = newest?.state === 'failed' || newest?.state === 'cancelled'
  return newest && hasFailed && newest.id > (live?.id ?? 0) ? newest : null
}

/** Reads the branch's tip, and the number of commits that the live release lacks. */
async function readBranch({ repository, branch }: StatusDeps, live: Deploy | null) {
  const tip = await repository.branchTip(branch)
  return { tip, ahead: tip && live ? await repository.countAhead(tip, live.revision) : null }
}

/** Names the live revision also for an image that has lost its tag, for example by `docker image prune -a`. */
function describeContainers(
  containers: ListedContainer[] | null,
  live: Deploy | null,
  store: StatusDeps['store'],
): Status['containers'] {
  const images = (live && store.imagesOf(live.id)) ?? {}
  const describe = ({ imageId, ...container }: ListedContainer) => {
    const { service, built, revisions } = container
    const hasLostTag = live && built && images[service] === imageId && !revisions.includes(live.revision)
    return hasLostTag ? { ...container, revisions: [live.revision, ...revisions] } : container
  }
  return containers?.map(describe) ?? null
}

async function readContainers(
  stack: StatusDeps['stack'],
): Promise<{ containers: ListedContainer[] | null; trouble: string | null }> {
  const answered = new AbortController()
  const timeout = after(dockerTimeoutMs, null, { signal: answered.signal }).then(() => {
    throw Failure.of('docker_away', { reason: `no answer in ${dockerTimeoutMs / 1000} s` })
  })
  try {
    const containers = await Promise.race([stack.listContainers(), timeout])
    return { containers, trouble: (await stack.missingPlugin())?.message ?? null }
  } catch (thrown) {
    return { containers: null, trouble: Failure.from(thrown).message }
  } finally {
    answered.abort()
    timeout.catch(() => {})
  }
}
