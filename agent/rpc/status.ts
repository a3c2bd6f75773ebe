// Answers `status`: the deploys of the store beside the containers of Docker. A slow Docker delays the answer only shortly.
import { statfs } from 'node:fs/promises'
import { setTimeout as after } from 'node:timers/promises'
import type { DeployStore } from '../interfaces/deploy-store.ts'
import type { Stack } from '../interfaces/engine/stack.ts'
import type { Repository } from '../interfaces/repository.ts'
import { shortHash } from '../protocol/deploy-text.ts'
import { Failure } from '../protocol/failure.ts'
import type { ContainerStatus, Deploy, RunningDeploy, Status } from '../protocol/messages.ts'
import type { DeployScheduler } from '../queue/scheduler.ts'

/** Milliseconds that Docker has to answer; afterwards the status is sent without containers. */
const dockerTimeoutMs = 1_500

/** Number of waiting deploys that are listed; the others are only counted. */
const maxListed = 10

export async function readStatus(
  {
    source,
    stack,
    store,
    branch,
    disk,
    deploys,
  }: { source: Repository; stack: Stack; store: DeployStore; branch: string; disk: string; deploys: DeployScheduler },
  agent: Status['agent'],
): Promise<Status> {
  // Ask Docker first: it takes the longest to answer.
  const looked = readContainers(stack)
  const live = store.liveDeploy()
  const { running, waiting } = deploys.snapshot()
  const [tip, seen, space] = await Promise.all([
    source.branchTip(branch),
    looked,
    statfs(disk).then(
      ({ bavail, blocks, bsize }) => ({ path: disk, free: bavail * bsize, total: blocks * bsize }),
      () => null,
    ),
  ])
  const ahead = tip && live ? await source.countAhead(tip, live.revision) : null
  return {
    agent,
    live,
    branch: { name: branch, tip, ahead },
    running:
      running &&
      ({
        ...running.deploy,
        step: running.at?.step ?? 'begins',
        stepBegan: running.at?.began ?? Date.now(),
        usually: running.at ? store.medianStepDuration(running.at.step) : null,
        lastLine: running.at?.lastLine ?? '',
      } satisfies RunningDeploy),
    pause: store.pause(),
    waiting: waiting.slice(0, maxListed).flatMap(({ id }) => store.findDeploy(id) ?? []),
    waitingCount: waiting.length,
    last: findLastFailed(store, live),
    ...seen,
    drift: running ? [] : [...(store.isRestorePending() ? astray(live) : []), ...drift(live, seen.containers ?? [])],
    disk: space,
    releases: store.revisionsWithImages().length,
  }
}

/** The newest ended deploy, if it failed or was cancelled and is newer than the live one. */
function findLastFailed(store: DeployStore, live: Deploy | null): Deploy | null {
  const ended = store.history({ limit: maxListed }).find(({ began, ended }) => began !== null && ended !== null)
  const hasFailed = ended?.state === 'failed' || ended?.state === 'cancelled'
  return ended && hasFailed && ended.id > (live?.id ?? 0) ? ended : null
}

async function readContainers(stack: Stack): Promise<Pick<Status, 'containers' | 'trouble'>> {
  const late = new AbortController()
  const slow = after(dockerTimeoutMs, null, { signal: late.signal }).then(() => {
    throw Failure.of('docker_away', { reason: `no answer in ${dockerTimeoutMs / 1000} s` })
  })
  try {
    return { containers: await Promise.race([stack.listContainers(), slow]), trouble: null }
  } catch (thrown) {
    return { containers: null, trouble: Failure.from(thrown).message }
  } finally {
    late.abort()
    slow.catch(() => {})
  }
}

/** A sentence about a put back that failed. */
function astray(live: Deploy | null): string[] {
  if (!live) return []
  const revision = shortHash(live.revision)
  return [
    `${revision} could not be put back, so that something else may run. It is tried again; at once: bptctl deploy ${revision}`,
  ]
}

/** Sentences about containers that run another revision than the live one, or that do not run. */
function drift(live: Deploy | null, containers: ContainerStatus[]): string[] {
  if (!live) return []
  const again = `bptctl deploy ${shortHash(live.revision)}`
  return containers.flatMap(({ container, built, state, image, revisions }) => {
    if (state !== 'running')
      return `${container} is ${state}, though ${shortHash(live.revision)} is recorded as live. Start it: ${again}`
    if (built && !revisions.includes(live.revision))
      return `${container} runs ${revisions[0] ? shortHash(revisions[0]) : image}, not ${shortHash(live.revision)}. Put it right: ${again}`
    return []
  })
}
