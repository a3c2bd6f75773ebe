// Is what a look saw as it must be after any fault? Pure: what was asked, done and seen in, violations out.
import type { Deploy } from '../../../agent/protocol/messages.ts'
import { type Fault, full, type Kind } from '../faults/fault.ts'
import type { Commit } from '../run/commit-history.ts'
import type { Answer } from '../run/request.ts'
import { live } from './live-check.ts'
import { logs } from './log-check.ts'
import type { Sight } from './snapshot.ts'

export const invariants = {
  rests: 'the agent comes to rest: nothing runs, nothing waits, main was asked for',
  numbers: 'numbers have no holes, and every number that a caller got is there',
  ends: 'every accepted deploy has one end, with a sentence',
  pushes: 'a push that git accepted is live, superseded, or failed',
  deserved: 'good versions go live, bad ones never',
  truth: 'who pushed is told how it ended',
  live: 'what runs = :latest = what is recorded as live = the work tree',
  sources: "a revision's tag is an image of exactly its sources",
  'at once': 'never two compose or build processes at once',
  'left over': 'no container, network, process, lock or rule is left over',
  answers: 'port 80 answers with the recorded version, and during every fault that spares Docker and its disks',
  logs: "every ended deploy's log is complete, its last line is the outcome",
} as const

export type Invariant = keyof typeof invariants
export type Violation = { invariant: Invariant; what: string }

export interface Case {
  fault: Fault
  answers: Answer[]
  sight: Sight
  /** The newest deploy of the last round. */
  since: number
  find(revision: string): Commit | null
  /** What port 80 answered at the end. */
  answered: string
  /** Requests that got no answer while the round went on. */
  unanswered: readonly { began: number; ended: number; reason: string }[]
  /** True where connections wait during a swap, or are led elsewhere. */
  seamless: boolean
  /** True when nothing was live before. */
  bare: boolean
  /** True when the engine itself had lost a port or containers, so that nothing could start. */
  repaired: boolean
}

export function judge(round: Case): Violation[] {
  const { sight } = round
  if (!sight.status) return [{ invariant: 'rests', what: sight.restless ?? 'the agent does not answer' }]
  const checks: Record<Invariant, () => string[]> = {
    rests: () => (sight.restless ? [sight.restless] : []),
    numbers: () => numbers(round),
    ends: () =>
      sight.deploys
        .filter((one) => !over(one))
        .map(({ id, state, sentence }) => `deploy ${id} is ${state}: ${sentence}`),
    pushes: () => pushes(round),
    deserved: () => deserved(round),
    truth: () => truth(round),
    live: () => live(sight, full(round.fault.kind) !== null),
    sources: () => sight.sources.filter(({ differs }) => differs).map(({ pair, differs }) => `${pair}: ${differs}`),
    'at once': () => sight.atOnce.map(({ what, which }) => `${what}: ${which.join(' | ')}`),
    'left over': () => leftOver(sight),
    answers: () => answers(round),
    // What had no room is not there; that it is not is in the journal.
    logs: () => (round.fault.kind === 'full logs' ? [] : logs(sight)),
  }
  return (Object.keys(checks) as Invariant[]).flatMap((invariant) =>
    checks[invariant]().map((what) => ({ invariant, what })),
  )
}

function over({ ended, state, sentence }: Deploy): boolean {
  return ended !== null && state !== 'running' && state !== 'waiting' && sentence !== ''
}

function numbers({ sight: { deploys }, since, answers }: Case): string[] {
  const holes = deploys.flatMap(({ id }, index) =>
    id === since + index + 1 ? [] : `after ${since + index} comes ${id}`,
  )
  const got = answers.flatMap(({ output }) => [...output.matchAll(/^(?:remote: )?deploy (\d+) {2}([0-9a-f]{7}) /gm)])
  const wrong = got.filter(([, id, revision]) => {
    const deploy = deploys.find((one) => one.id === Number(id))
    return Number(id) > since && !deploy?.revision.startsWith(revision ?? ' ')
  })
  return [...holes, ...wrong.map(([said]) => `a caller was told "${said}"`)]
}

function pushes({ answers, sight: { deploys } }: Case): string[] {
  return answers.flatMap(({ commit, code }) => {
    if (!commit || code !== 0) return []
    const found = deploys.filter(({ revision }) => revision === commit.revision)
    return found.some(over) ? [] : [`${commit.version} was pushed, and there is no ended deploy of it`]
  })
}

/** A deploy may fail because of a fault only where nothing else is possible. */
function deserved({ sight: { deploys }, find, fault, repaired }: Case): string[] {
  const byKind: Partial<Record<Kind, string[]>> = { 'kill three times': ['died'], 'agent restart': ['stopped'] }
  const noRoom = ['disk_full', 'build_failed', 'up_failed', 'checkout_failed', 'network_failed']
  const excused = [
    ...(full(fault.kind) ? noRoom : []),
    ...(byKind[fault.kind] ?? []),
    ...(repaired ? ['up_failed'] : []),
  ]
  return deploys.flatMap(({ id, state, code, revision, sentence }) => {
    const kind = find(revision)?.kind
    const good = kind === 'good' || kind === 'slow'
    const lived = state === 'live' || state === 'was live'
    if (!good && lived) return [`deploy ${id} is ${state}, though it ${kind}`]
    if (good && state === 'failed' && !excused.includes(code ?? '')) return [`deploy ${id}: ${code}: ${sentence}`]
    const right = kind === 'does not build' ? 'build_failed' : 'unhealthy'
    const wrong = !good && state === 'failed' && code !== right && !excused.includes(code ?? '')
    return wrong ? [`deploy ${id}, which ${kind}, failed with ${code}: ${sentence}`] : []
  })
}

function truth({ answers, sight: { deploys }, fault }: Case): string[] {
  if (fault.kind === 'power cut' || full(fault.kind)) return [] // nobody is there to be told, or there is no record
  return answers.flatMap(({ commit, code, output }) => {
    if (!commit || code !== 0) return []
    const told = deploys.some(
      ({ sentence }) => sentence !== '' && output.replaceAll(/\nremote: */g, ' ').includes(sentence),
    )
    return told ? [] : [`${commit.version}: ${output.trim().split('\n').slice(-3).join(' / ')}`]
  })
}

function leftOver({ containers, networks, left, strayLogs }: Sight): string[] {
  const ours = ['bpt-production', 'db-production', 'bridge', 'host', 'none', 'prod-net']
  const names = [...containers.map(({ name }) => name), ...networks]
  return [...names.filter((name) => !ours.includes(name)), ...left, ...strayLogs]
}

/** Faults under which nobody is refused by a swap that holds or leads connections. */
const spares: Kind[] = ['kill', 'kill twice', 'kill three times', 'kill at random', 'agent restart', 'journald frozen']

function answers(round: Case): string[] {
  const { sight, answered, find, unanswered, fault, repaired, bare, seamless } = round
  const { status, deploys } = sight
  const version = find(status?.live?.revision ?? '')?.version
  const wrong = version && answered !== version ? [`port 80 answers ${answered}, not ${version}`] : []
  const takesDown: Kind[] = ['engine restart', 'power cut', 'clock jump']
  const down = deploys.some(({ sentence }) => sentence.includes('could not be put back'))
  if (takesDown.includes(fault.kind) || repaired || bare || (full(fault.kind) && down)) return wrong
  // Who waited longer than a visitor does was not refused.
  const refused = unanswered.filter(({ reason }) => !reason.startsWith('no answer within'))
  const [one] = refused
  if (seamless && one && spares.includes(fault.kind))
    return [...wrong, `${refused.length} requests were refused, the first: ${one.reason}`]
  const open = deploys.flatMap(({ steps, ended }) => {
    const first = steps.find(({ name }) => name === 'swap' || name === 'put back')
    return first ? [{ from: first.began, to: ended ?? Number.MAX_SAFE_INTEGER }] : []
  })
  const bad = unanswered.filter(({ began, ended }) => !open.some(({ from, to }) => ended >= from && began <= to))
  const [first] = bad
  return first ? [...wrong, `${bad.length} requests before a swap or after the end, the first: ${first.reason}`] : wrong
}
