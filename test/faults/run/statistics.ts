// Counts the results of a run: faults by kind and step, violations by invariant.
import { stepNames } from '../../../agent/protocol/steps.ts'
import { type Invariant, invariants } from '../checks/invariants.ts'
import type { RoundResult } from './round.ts'
import { formatTable } from './table.ts'

export class RunStatistics {
  readonly #seed: number
  /** By kind, then by the step or the write that the fault hit. */
  readonly #faults = new Map<string, Map<string, number>>()
  readonly #violations = new Map<Invariant, number>()
  readonly #began = Date.now()
  rounds = 0
  hits = 0
  repairs = 0
  violations = 0

  constructor(seed: number) {
    this.#seed = seed
  }

  add({ planned: { fault }, hits, violations, wasRepaired }: RoundResult): void {
    this.rounds++
    this.hits += hits.length
    this.violations += violations.length
    if (wasRepaired) this.repairs++
    for (const { invariant } of violations) this.#violations.set(invariant, (this.#violations.get(invariant) ?? 0) + 1)
    const counts = this.#faults.get(fault.kind) ?? new Map<string, number>()
    for (const at of hits) {
      const column = at ? (stepNames.find((step) => step === at.name) ?? at.write) : 'random'
      counts.set(column, (counts.get(column) ?? 0) + 1)
    }
    if (counts.size > 0) this.#faults.set(fault.kind, counts)
  }

  format(isMarkdown = false): string {
    const used = [...new Set([...this.#faults.values()].flatMap((counts) => [...counts.keys()]))]
    const columns = [...stepNames.filter((step) => used.includes(step)), ...used.filter((name) => !isStep(name))]
    const faultRows = [...this.#faults].map(([kind, counts]) => {
      const total = [...counts.values()].reduce((a, b) => a + b, 0)
      return [kind, ...columns.map((column) => counts.get(column) ?? ''), total]
    })
    const violationRows = Object.entries(invariants).map(([name, sentence]) => [
      sentence,
      this.#violations.get(name as Invariant) ?? 0,
    ])
    const minutes = ((Date.now() - this.#began) / 60_000).toFixed(1)
    return [
      formatTable(['fault', ...columns, 'all'], faultRows, isMarkdown),
      formatTable(['invariant', 'violations'], violationRows, isMarkdown),
      `The engine had lost a port or its containers and was restarted by the harness: ${this.repairs} times`,
      `${this.hits} faults in ${this.rounds} rounds, ${minutes} minutes, ${this.violations} violations, seed ${this.#seed}`,
    ].join('\n')
  }
}

function isStep(column: string): boolean {
  return stepNames.some((step) => step === column)
}
