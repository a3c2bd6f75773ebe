// One deploy as a page: what is done, in which order, and what is put back when it fails.
import type { PreviousState } from '../interfaces/deploy-store.ts'
import {
  type ComposeProject,
  releasedServices,
  type Service,
  supportingServices,
} from '../interfaces/engine/compose-project.ts'
import type { Engine } from '../interfaces/engine/engine.ts'
import type { ImageIds } from '../interfaces/engine/images.ts'
import type { Repository } from '../interfaces/repository.ts'
import type { RunStep, StepContext } from '../interfaces/step-context.ts'
import { Failure } from '../protocol/failure.ts'
import { type ImageDeps, resolveImages } from '../releases/resolve-images.ts'
import { endSwap, type SwapDeps, swap } from '../swap/swap.ts'

export interface PipelineDeps extends SwapDeps, ImageDeps {
  repository: Repository
  runStep: RunStep
  /** For work that is no step of its own; never aborts. */
  outside: StepContext
  /** What is recorded as live, null before the first deploy; its images where they are known. */
  live: { deploy: number; revision: string; images: ImageIds | null } | null
  /** What an earlier attempt of the same deploy kept: from then on what runs may be half of each. */
  previousState: PreviousState | null
  /** Makes durable what to put back, before anything that runs is touched. */
  savePreviousState(before: PreviousState): void
}

export type DeployedRelease = { images: ImageIds; ports: number[] }

export async function deployRevision(revision: string, deps: PipelineDeps): Promise<DeployedRelease> {
  const { repository, engine, runStep, live, savePreviousState, diskSpace } = deps
  const startRevision = live?.revision ?? (await repository.checkedOutRevision())
  let touched = deps.previousState
  try {
    await runStep('check out', async (ctx) => {
      const changed = await repository.checkOut(revision, ctx)
      ctx.remark(`${count(changed, 'file')} changed${live ? ` since deploy ${live.deploy}` : ''}`)
    })
    const project = await runStep('check', async (ctx) => {
      const found = await engine.readProject(ctx)
      await engine.checkPorts(found)
      ctx.remark(`${checkedParts(found)}, ${await diskSpace.assertEnough()}`)
      return found
    })
    const images = await runStep('build', (ctx) => resolveImages(project, revision, deps, ctx))
    await runStep('services', async (ctx) => {
      // What runs may be what could not be put back; what is live is what was recorded.
      const recorded = live?.images && (await engine.hasImages(live.images)) ? live.images : null
      touched ??= { revision: startRevision, images: recorded ?? (await engine.runningImages(project)) }
      savePreviousState(touched)
      for (const name of await engine.createNetworks(project)) await ctx.note(`created the network ${name}`)
      ctx.remark(await ensureSupporting(engine, supportingServices(project), ctx))
    })
    await runStep('swap', async (ctx, again) => {
      // An engine that died leaves what it ran stopped.
      if (again) await ensureSupporting(engine, supportingServices(project), ctx)
      await engine.tagCurrent(project, images)
      await swap(releasedServices(project), { ...deps, isResumed: deps.isResumed || again }, ctx)
    })
    await runStep('verify', async (ctx, again) => {
      if (again) await ensureSupporting(engine, supportingServices(project), ctx)
      if (again) await engine.startServices(releasedServices(project), ctx)
      ctx.remark(await engine.waitUntilHealthy(releasedServices(project), ctx))
    })
    return { images, ports: project.services.flatMap(({ ports }) => ports.flatMap(({ published }) => published ?? [])) }
  } catch (thrown) {
    const failure = Failure.from(thrown)
    // What git refuses to touch has not moved; any other end of a check-out may be half of one.
    const moved = deps.isResumed || failure.code !== 'in_the_way'
    throw new DeployError(failure, await restoreAfterFailure(moved ? startRevision : null, touched, deps))
  }
}

/** Puts back what ran: the work tree, and from the moment that anything was touched, images and containers. */
async function restorePrevious({ revision, images }: PreviousState, deps: PipelineDeps): Promise<void> {
  const { repository, engine, runStep } = deps
  // A second instance of what failed is no help; who waits goes on waiting until what ran answers again.
  const gentle: SwapDeps = { ...deps, strategy: (name) => (deps.strategy(name) === 'plain' ? 'plain' : 'hold') }
  await runStep('put back', async (ctx) => {
    if (revision) await restoreWorkTree(revision, repository, ctx)
    const project = await engine.readProject(ctx)
    const ran = ({ name, isBuilt }: Service) => (isBuilt ? images[name] : Object.keys(images).length > 0)
    const known = releasedServices(project).filter(ran)
    const strange = releasedServices(project).filter((service) => !ran(service))
    await engine.tagCurrent(project, images)
    await ensureSupporting(engine, supportingServices(project), ctx)
    if (strange.length > 0) await engine.removeServices(strange, ctx)
    if (known.length === 0) ctx.remark('nothing ran before, so nothing runs now')
    else await swap(known, gentle, ctx)
    await endSwap(deps, ctx)
    if (known.length === 0) return
    await engine.waitUntilHealthy(known, ctx)
    ctx.remark(`${revision?.slice(0, 7) ?? 'the old image'} from its image, answers`)
  })
}

/** A deploy that failed: why, and what is true after putting back. */
export class DeployError extends Error {
  readonly failure: Failure
  readonly aftermath: 'untouched' | 'put back' | Failure
  constructor(failure: Failure, after: 'untouched' | 'put back' | Failure) {
    super(failure.message, { cause: failure })
    this.failure = failure
    this.aftermath = after
  }
}

/** Leaves nothing half-done; never throws. `startRevision` is what the work tree held, null where it has not moved. */
export async function restoreAfterFailure(
  startRevision: string | null,
  touched: PreviousState | null,
  deps: PipelineDeps,
): Promise<DeployError['aftermath']> {
  try {
    if (touched) await restorePrevious(touched, deps)
    else if (startRevision) await restoreWorkTree(startRevision, deps.repository, deps.outside)
    return touched ? 'put back' : 'untouched'
  } catch (thrown) {
    // Whoever waits is better told at once.
    await deps.gate.stopDiverting().catch(() => {})
    return Failure.from(thrown)
  }
}

/** The work tree as it was, where that is possible: what runs matters more, and the next check-out mends the rest. */
async function restoreWorkTree(revision: string, source: Repository, ctx: StepContext): Promise<void> {
  try {
    await source.checkOut(revision, ctx)
  } catch (thrown) {
    if (ctx.signal.aborted) throw thrown
    await ctx.note(`the work tree stays as it is until the next deploy: ${Failure.from(thrown).message}`)
  }
}

async function ensureSupporting(
  engine: Engine,
  services: ReturnType<typeof supportingServices>,
  ctx: StepContext,
): Promise<string> {
  if (services.length === 0) return 'none'
  await engine.startServices(services, ctx)
  return engine.waitUntilHealthy(services, ctx)
}

function checkedParts({ secrets }: ComposeProject): string {
  return ['compose file', ...(secrets.length > 0 ? [count(secrets.length, 'secret')] : [])].join(', ')
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
