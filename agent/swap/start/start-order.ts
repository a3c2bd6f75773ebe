// Starts containers in the order of their dependencies, as compose does, and waits for the conditions between them.
import { type Dependencies, type DependencyCondition, optionalJobs } from '../../interfaces/engine/compose-plan.ts'
import type { AwaitedState, Containers } from '../../interfaces/engine/containers.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import { type TimeLimit, withTimeLimit } from '../../interfaces/time-limit.ts'
import { Failure } from '../../protocol/failure.ts'
import { optionalJobText } from '../../protocol/step-text.ts'
import { type CheckedContainer, extendLimit, extendWaits } from './check-time.ts'

export type StartedContainer = CheckedContainer

type ContainerStarts = Pick<Containers, 'start' | 'waitFor'>

const awaitedStates: Record<DependencyCondition, AwaitedState | null> = {
  service_started: null,
  service_healthy: 'healthy',
  service_completed_successfully: 'succeeded',
}

/**
 * Starts `targets`. A service whose dependency fails is not started.
 * @param present all containers of the project that are in place, `targets` included.
 */
export async function startInOrder(
  targets: StartedContainer[],
  present: StartedContainer[],
  dependencies: Dependencies,
  containers: ContainerStarts,
  ctx: StepContext,
): Promise<void> {
  const starts = new Map<string, Promise<void>>()
  const containersOf = (service: string) => present.filter((container) => container.service === service)

  async function waitForCondition(other: StartedContainer, state: AwaitedState, inner: StepContext): Promise<void> {
    using _ = extendLimit(state === 'healthy' ? other : { ...other, checkSeconds: 0 }, 0, inner)
    await containers.waitFor(other, state, inner)
  }

  async function startOwn(service: string, inner: StepContext): Promise<void> {
    const own = targets.filter((target) => target.service === service)
    if (own.length === 0) return
    await Promise.all(
      Object.entries(dependencies[service] ?? {}).map(async ([name, { condition, isRequired }]) => {
        try {
          await start(name, inner)
          const state = awaitedStates[condition]
          if (state) await Promise.all(containersOf(name).map((other) => waitForCondition(other, state, inner)))
        } catch (thrown) {
          if (isRequired || inner.signal.aborted) throw thrown
        }
      }),
    )
    for (const container of own)
      await containers.start(container, inner).catch(async (thrown: unknown) => {
        if (inner.signal.aborted) throw thrown
        // It may need the network of a container that has just ended: that failure counts, or another start helps.
        await assertDependencies('healthy', service, { present, dependencies }, containers, inner)
        await containers.start(container, inner)
      })
  }

  function start(service: string, inner: StepContext): Promise<void> {
    const known = starts.get(service)
    if (known) return known
    const started = startOwn(service, inner)
    starts.set(service, started)
    return started
  }

  const services = [...new Set(targets.map(({ service }) => service))]
  await runTogether(services, start, ctx)
}

/** Waits until all targets are as `stateOf` asks; returns their states in words. A failure names its first cause. */
export async function waitForAll(
  targets: StartedContainer[],
  stateOf: (service: string) => AwaitedState,
  { present, dependencies }: { present: StartedContainer[]; dependencies: Dependencies },
  containers: Pick<Containers, 'waitFor'>,
  ctx: StepContext,
): Promise<string[]> {
  return runTogether(
    targets,
    async (target, inner) => {
      try {
        return await containers.waitFor(target, stateOf(target.service), inner)
      } catch (thrown) {
        if (!inner.signal.aborted)
          await assertDependencies('started', target.service, { present, dependencies }, containers, inner)
        throw thrown
      }
    },
    ctx,
  )
}

/** Waits until all jobs have ended with success; only notes the failure of a job that no service requires. */
export async function waitForJobs(
  targets: StartedContainer[],
  stack: { present: StartedContainer[]; dependencies: Dependencies },
  containers: Pick<Containers, 'waitFor'>,
  ctx: StepContext,
): Promise<void> {
  const optional = optionalJobs(stack.dependencies)
  const waitFor: Containers['waitFor'] = async (target, state, inner) => {
    try {
      return await containers.waitFor(target, state, inner)
    } catch (thrown) {
      if (inner.signal.aborted || !optional.has(target.service)) throw thrown
      const reason = Failure.from(thrown).message
      await ctx.note(optionalJobText(reason))
      return reason
    }
  }
  await waitForAll(targets, () => 'succeeded', stack, { waitFor }, ctx)
}

/** Waits until all are ready. @param onAnswering is awaited as soon as all that have to answer do. */
export async function waitUntilAllReady(
  targets: StartedContainer[],
  stack: { present: StartedContainer[]; dependencies: Dependencies },
  { containers, readySeconds }: { containers: Pick<Containers, 'waitFor'>; readySeconds: number },
  ctx: StepContext,
  onAnswering = async () => {},
): Promise<void> {
  // The time limit's message must name `verify`, the limit to raise if a container needs longer to become ready.
  using limit = withTimeLimit('verify', readySeconds, ctx.signal)
  const inner = { ...ctx, signal: limit.signal, pauseLimit: () => pauseBoth(limit, ctx) }
  const noEndAfter = Date.now()
  const extending = extendWaits(containers, stack.present, readySeconds)
  const steadyTargets = targets.map((target) => ({ ...target, noEndAfter }))
  await waitForAll(steadyTargets, () => 'answering', stack, extending, inner)
  const pause = limit.pause()
  // It measures how long connections waited, and may take as long as the slowest of them.
  await onAnswering().finally(() => pause[Symbol.dispose]())
  await waitForAll(steadyTargets, () => 'ready', stack, extending, inner)
}

function pauseBoth(limit: Pick<TimeLimit, 'pause'>, { pauseLimit }: Pick<StepContext, 'pauseLimit'>): Disposable {
  const pauses = new DisposableStack()
  pauses.use(limit.pause())
  pauses.use(pauseLimit())
  return pauses
}

/** Throws the failure of the first dependency that is not in the state: a dependent's own error only follows from it. */
async function assertDependencies(
  state: 'started' | 'healthy',
  service: string,
  { present, dependencies }: { present: StartedContainer[]; dependencies: Dependencies },
  containers: Pick<Containers, 'waitFor'>,
  ctx: StepContext,
): Promise<void> {
  for (const [name, { isRequired }] of Object.entries(dependencies[service] ?? {})) {
    if (!isRequired) continue
    await assertDependencies(state, name, { present, dependencies }, containers, ctx)
    for (const container of present.filter((other) => other.service === name))
      await containers.waitFor(container, state, ctx)
  }
}

/** Runs `act` for all items at once. After the first failure it aborts the others, waits for them, and throws it. */
async function runTogether<Item, Result>(
  items: Item[],
  act: (item: Item, ctx: StepContext) => Promise<Result>,
  ctx: StepContext,
): Promise<Result[]> {
  const failed = new AbortController()
  const inner = { ...ctx, signal: AbortSignal.any([ctx.signal, failed.signal]) }
  const results = items.map((item) =>
    act(item, inner).catch((thrown: unknown) => {
      failed.abort(thrown)
      throw thrown
    }),
  )
  await Promise.allSettled(results)
  if (failed.signal.aborted) throw failed.signal.reason
  return Promise.all(results)
}
