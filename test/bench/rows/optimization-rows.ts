// Measures the rows of the code that exists for speed alone, each beside the plain way; docs/adr holds the decisions.
import { distributionOf } from '../measure/distribution.ts'
import { copyProgram } from '../measure/vm-program.ts'
import { type BenchRow, medianRow } from '../report/bench-row.ts'
import type { BenchSite } from '../site/bench-site.ts'

/** A run takes only milliseconds, so that more rounds are possible than of a deploy. */
const roundsFactor = 5

export async function measureOptimizations({ site: { vm } }: BenchSite, rounds: number): Promise<BenchRow[]> {
  const program = await copyProgram(vm, 'time-optimizations.ts')
  const { stdout } = await vm.run(`${program} ${rounds * roundsFactor}`, { timeoutMs: 600_000 })
  const times: Record<string, Record<string, number[]>> = JSON.parse(stdout)
  return Object.entries(times).flatMap(([workload, variants]) =>
    Object.entries(variants).map(([variant, values]) => medianRow(workload, variant, distributionOf(values))),
  )
}
