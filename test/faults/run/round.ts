// One round: an order, a fault, patience, and a look.
import { performance } from 'node:perf_hooks'
import { judge, type Violation } from '../checks/invariants.ts'
import { done, prepared } from '../faults/fault.ts'
import type { Card } from '../faults/fault-schedule.ts'
import type { Chance } from '../faults/random-source.ts'
import type { Boundary } from '../faults/write-boundary.ts'
import type { Trunk } from './commit-history.ts'
import type { Ground } from './fault-site.ts'
import { place } from './request.ts'

/** Milliseconds until the agent must have come to rest, and until the site must answer. */
const usually = 120_000
const answerPatience = 20_000

export interface Result {
  card: Card
  /** Where the agent was hit; null stands for a random instant. */
  hits: (Boundary | null)[]
  /** True when the engine had lost something and was started anew by hand. */
  repaired: boolean
  /** Milliseconds. */
  took: number
  violations: Violation[]
}

/** What one round leaves for the next. */
export interface Past {
  ground: Ground
  trunk: Trunk
  chance: Chance
  since: number
  /** True where connections wait during a swap, or are led elsewhere. */
  seamless: boolean
  /** True once anything was live. */
  live: boolean
  deployed: string[]
  compared: string[]
}

export async function round(card: Card, past: Past, patience = usually): Promise<Result> {
  const { ground, trunk, chance, since, deployed, compared } = past
  const began = performance.now()
  const { fault, order } = card
  await ground.arm(prepared(fault))
  const failures = ground.visitor.failures.length
  const visitor = ground.visitor
  const placed = place(order, chance, { site: ground.site, trunk, deployed })
  const [answers, hit] = await Promise.all([
    placed.answers.finally(() => ground.site.vm.tryRun('touch /run/faults/over')),
    done(fault, ground, placed),
  ])
  const fired = await ground.disarm()
  // Who read that his push is only stored does what he read.
  if (answers.some(({ output }) => /your push is stored/.test(output)))
    await ground.site.vm.tryRun('bptctl deploy main', { as: 'ada', timeoutMs: usually })
  const first = await ground.look({ since, compared, patience })
  const repaired = first.lost.length > 0
  if (repaired) await ground.repair()
  const sight = repaired ? await ground.look({ since, compared, patience }) : first
  const answered = sight.status?.live ? await version(ground, Math.min(patience, answerPatience)) : ''
  if (fault.kind === 'clock jump') await ground.site.vm.run('systemctl restart bpt-deployer')
  const unanswered = visitor === ground.visitor ? visitor.failures.slice(failures) : []
  const find = (revision: string) => trunk.find(revision)
  const bare = !past.live
  const violations = judge({
    bare,
    seamless: past.seamless,
    fault,
    answers,
    sight,
    since,
    find,
    answered,
    unanswered,
    repaired,
  })
  past.since = sight.deploys.at(-1)?.id ?? since
  past.compared.push(...sight.sources.map(({ pair }) => pair))
  if (sight.status?.live) past.deployed.push(sight.status.live.revision)
  if (sight.status?.live) past.live = true
  return {
    card,
    hits: fired.length > 0 ? fired : hit ? [fault.at] : [],
    repaired,
    took: performance.now() - began,
    violations,
  }
}

function version({ visitor }: Ground, patience: number): Promise<string> {
  return visitor.nextVersion(patience).catch(() => `nothing (${visitor.failures.at(-1)?.reason})`)
}
