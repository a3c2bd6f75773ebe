// Plays round after round on one test VM, until its time is over or no planned round is left.
import { firstDeployRounds, type PlannedRound } from '../faults/fault-schedule.ts'
import type { RandomSource } from '../faults/random-source.ts'
import { describeBoundary } from '../faults/write-boundary.ts'
import type { FaultStack } from '../stacks/fault-stack.ts'
import { CommitHistory } from './commit-history.ts'
import { FaultSite, type FaultSiteOptions } from './fault-site.ts'
import { type RoundResult, type RunState, runRound } from './round.ts'
import type { RunStatistics } from './statistics.ts'

/** Rounds with the same stack, before the next one of the run takes its place. */
const roundsPerStack = 12

/** A schedule may be endless: the search for a round that matches the filter must end all the same. */
const maxSkippedRounds = 1_000

export interface RunOptions extends FaultSiteOptions {
  random: RandomSource
  statistics: RunStatistics
  minutes: number
  maxRounds: number
  /** Only rounds whose description includes this text. */
  descriptionFilter?: string | undefined
  /** Begins with the rounds for a site without a release. */
  beginsWithoutRelease?: boolean
  /** Ends the run after the current round. */
  stop: AbortSignal
  /** The stacks of the run, in their order; by default the reference stack alone. */
  stacks?: FaultStack[]
  /** Leaves the test VM running at the end. */
  keepsVm: boolean
}

export async function runFaults(plannedRounds: Iterable<PlannedRound>, options: RunOptions): Promise<void> {
  const { random, statistics, minutes, maxRounds, stop, descriptionFilter = '', keepsVm } = options
  const earlierRounds = statistics.rounds
  const endTime = Date.now() + minutes * 60_000
  let state: RunState | null = null
  let skippedRounds = 0
  const run = async (planned: PlannedRound, state: RunState) => {
    const result = await runRound(planned, state).catch((thrown: unknown) => brokenOffResult(planned, thrown))
    statistics.add(result)
    console.log(formatResult(statistics.rounds, result))
  }
  try {
    for (const planned of plannedRounds) {
      if (stop.aborted || Date.now() > endTime || statistics.rounds - earlierRounds >= maxRounds) break
      if (skippedRounds > maxSkippedRounds) break
      if (!describeRound(planned).includes(descriptionFilter)) {
        skippedRounds++
        continue
      }
      if (!state) {
        state = await createEmptySite(random, options)
        if (options.beginsWithoutRelease) for (const first of firstDeployRounds()) await run(first, state)
        if (options.stacks?.[0]) state.history.stack = options.stacks[0]
        await pushTwoReleases(state)
      } else {
        const failure = await changeStack(state, statistics.rounds - earlierRounds, options.stacks ?? [])
        if (failure) statistics.add(brokenOffResult(planned, failure))
      }
      await run(planned, state)
    }
  } finally {
    if (keepsVm) await state?.faultSite.probe.stop()
    else await state?.faultSite[Symbol.asyncDispose]()
  }
}

/** Creates a site with two releases, so that there is one to put back and one to roll back to. */
export async function createSiteWithReleases(vmName: string, random: RandomSource): Promise<RunState> {
  const state = await createEmptySite(random, { vmName, hasSmallFileSystems: false, strategy: 'hold' })
  await pushTwoReleases(state)
  return state
}

async function createEmptySite(
  random: RandomSource,
  { vmName, hasSmallFileSystems, strategy }: FaultSiteOptions,
): Promise<RunState> {
  return {
    faultSite: await FaultSite.create({ vmName, hasSmallFileSystems, strategy }),
    history: new CommitHistory(),
    random,
    lastDeployId: 0,
    usesGate: strategy !== 'plain',
    hasRelease: false,
    releasedRevisions: [],
    comparedPairs: [],
  }
}

async function pushTwoReleases(state: RunState): Promise<void> {
  const { faultSite, history } = state
  const { ada } = faultSite.site
  for (const _ of [1, 2]) {
    await history.commit(ada, 'good')
    const { output } = await ada.push({ options: ['quiet'] })
    if (!output.includes('live: ')) throw new Error(`the first releases of the site are not live: ${output}`)
  }
  state.hasRelease = true
}

/**
 * Lets the next stack take the place of the last one after some rounds, by a push as any other.
 * @returns the reason if the stack did not go live.
 */
async function changeStack(state: RunState, rounds: number, stacks: FaultStack[]): Promise<string | null> {
  const next = stacks[Math.floor(rounds / roundsPerStack) % stacks.length]
  if (!next || next === state.history.stack) return null
  state.history.stack = next
  console.log(`      the next rounds have the stack: ${next.name}`)
  await state.history.commit(state.faultSite.site.ada, 'good')
  const { output } = await state.faultSite.site.ada.push({ options: ['quiet'] })
  if (output.includes('live: ')) return null
  console.log(`        VIOLATION: the stack ${next.name} does not go live: ${output}`)
  return output
}

/** Gives the result of a round that broke off, since a command in the test VM failed. */
function brokenOffResult(planned: PlannedRound, thrown: unknown): RoundResult {
  const detail = `the round broke off: ${thrown instanceof Error ? thrown.message : thrown}`
  return { planned, hits: [], wasRepaired: false, durationMs: 0, violations: [{ invariant: 'rests', detail }] }
}

export function describeRound({ fault: { kind, at, secondAt }, request }: PlannedRound): string {
  const requestText = typeof request === 'string' ? request : `push ${request.join(', ')}`
  const boundaries = [at, secondAt].flatMap((boundary) => (boundary ? describeBoundary(boundary) : []))
  return `${kind} ${boundaries.join(' and ') || 'at a random instant'} (${requestText})`
}

function formatResult(round: number, { planned, hits, durationMs, violations }: RoundResult): string {
  const seconds = (durationMs / 1000).toFixed(1)
  const head = `${String(round).padStart(4)}  ${seconds.padStart(5)} s  ${describeRound(planned)}${hitRemark(planned, hits)}`
  return [head, ...violations.map(({ invariant, detail }) => `        VIOLATION ${invariant}: ${detail}`)].join('\n')
}

function hitRemark({ fault }: PlannedRound, hits: RoundResult['hits']): string {
  if (hits.length === 0) return ': not reached'
  return fault.secondAt && hits.length < 2 ? ': reached once' : ''
}
