// What a run came to: faults by kind and step, violations by invariant.

import { type Invariant, invariants } from '../checks/invariants.ts'
import { steps } from '../faults/write-boundary.ts'
import type { Result } from './round.ts'
import { grid } from './table.ts'

export class Tally {
  readonly #seed: number
  readonly #faults = new Map<string, Map<string, number>>()
  readonly #broken = new Map<Invariant, number>()
  readonly #began = Date.now()
  rounds = 0
  hits = 0
  repairs = 0
  violations = 0

  constructor(seed: number) {
    this.#seed = seed
  }

  add({ card: { fault }, hits, violations, repaired }: Result): void {
    this.rounds++
    this.hits += hits.length
    this.violations += violations.length
    if (repaired) this.repairs++
    for (const { invariant } of violations) this.#broken.set(invariant, (this.#broken.get(invariant) ?? 0) + 1)
    const row = this.#faults.get(fault.kind) ?? new Map<string, number>()
    for (const at of hits) {
      const where = at ? (steps.find((step) => step === at.name) ?? at.write) : 'random'
      row.set(where, (row.get(where) ?? 0) + 1)
    }
    if (row.size > 0) this.#faults.set(fault.kind, row)
  }

  table(markdown = false): string {
    const columns = [...new Set([...this.#faults.values()].flatMap((row) => [...row.keys()]))]
    const ordered = [...steps.filter((step) => columns.includes(step)), ...columns.filter((one) => !known(one))]
    const faults = [...this.#faults].map(([kind, row]) => {
      const all = [...row.values()].reduce((a, b) => a + b, 0)
      return [kind, ...ordered.map((one) => row.get(one) ?? ''), all]
    })
    const broken = Object.entries(invariants).map(([name, sentence]) => [
      sentence,
      this.#broken.get(name as Invariant) ?? 0,
    ])
    const minutes = ((Date.now() - this.#began) / 60_000).toFixed(1)
    return [
      grid(['fault', ...ordered, 'all'], faults, markdown),
      grid(['invariant', 'violations'], broken, markdown),
      `The engine lost a port or its containers, and was started anew by hand: ${this.repairs} times`,
      `${this.hits} faults in ${this.rounds} rounds, ${minutes} minutes, ${this.violations} violations, seed ${this.#seed}`,
    ].join('\n')
  }
}

function known(column: string): boolean {
  return steps.some((step) => step === column)
}
