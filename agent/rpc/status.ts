// What `status` says: recorded and real, side by side. Docker is asked, but never waited for long.
import { statfs } from 'node:fs/promises'
import { setTimeout as after } from 'node:timers/promises'
import type { Deploys } from '../deploys/scheduler.ts'
import type { Ledger } from '../interfaces/deploy-store.ts'
import type { Engine } from '../interfaces/engine.ts'
import type { Source } from '../interfaces/repository.ts'
import { short } from '../protocol/deploy-text.ts'
import { Failure } from '../protocol/failure.ts'
import type { Container, Deploy, Running, Status } from '../protocol/messages.ts'

/** Milliseconds that Docker gets to answer; then status goes without. */
const patience = 1_500

/** Waiting deploys that are listed; the others are counted. */
const listed = 10

export async function status(
  {
    source,
    engine,
    ledger,
    branch,
    disk,
    deploys,
  }: { source: Source; engine: Engine; ledger: Ledger; branch: string; disk: string; deploys: Deploys },
  agent: Status['agent'],
): Promise<Status> {
  // Docker takes the longest to answer.
  const looked = look(engine)
  const live = ledger.live()
  const { running, waiting } = deploys.now()
  const [tip, seen, space] = await Promise.all([
    source.tip(branch),
    looked,
    statfs(disk).then(
      ({ bavail, blocks, bsize }) => ({ path: disk, free: bavail * bsize, total: blocks * bsize }),
      () => null,
    ),
  ])
  const ahead = tip && live ? await source.ahead(tip, live.revision) : null
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
        usually: running.at ? ledger.usually(running.at.step) : null,
        lastLine: running.at?.lastLine ?? '',
      } satisfies Running),
    pause: ledger.pause(),
    waiting: waiting.slice(0, listed).flatMap(({ id }) => ledger.find(id) ?? []),
    waitingCount: waiting.length,
    ...seen,
    drift: running ? [] : [...(ledger.astray() ? astray(live) : []), ...drift(live, seen.containers ?? [])],
    disk: space,
    releases: ledger.imaged().length,
  }
}

async function look(engine: Engine): Promise<Pick<Status, 'containers' | 'trouble'>> {
  const late = new AbortController()
  const slow = after(patience, null, { signal: late.signal }).then(() => {
    throw Failure.of('docker_away', { reason: `no answer in ${patience / 1000} s` })
  })
  try {
    return { containers: await Promise.race([engine.containers(), slow]), trouble: null }
  } catch (thrown) {
    return { containers: null, trouble: Failure.from(thrown).message }
  } finally {
    late.abort()
    slow.catch(() => {})
  }
}

/** A put back that failed. */
function astray(live: Deploy | null): string[] {
  if (!live) return []
  const revision = short(live.revision)
  return [
    `${revision} could not be put back, so that something else may run. It is tried again; at once: bptctl deploy ${revision}`,
  ]
}

/** What runs but was not deployed, or should run and does not. */
function drift(live: Deploy | null, containers: Container[]): string[] {
  if (!live) return []
  const again = `bptctl deploy ${short(live.revision)}`
  return containers.flatMap(({ container, built, state, image, revisions }) => {
    if (state !== 'running')
      return `${container} is ${state}, though ${short(live.revision)} is recorded as live. Start it: ${again}`
    if (built && !revisions.includes(live.revision))
      return `${container} runs ${revisions[0] ? short(revisions[0]) : image}, not ${short(live.revision)}. Put it right: ${again}`
    return []
  })
}
