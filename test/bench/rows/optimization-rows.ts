// Gains of what the product does for speed alone, each beside the plain way; docs/adr holds the decisions.
import { figure } from '../measure/turns.ts'
import { copyProgram } from '../measure/vm-program.ts'
import { type Row, row } from '../report/bench-row.ts'
import type { Ground } from '../site/bench-site.ts'

/** A way takes milliseconds only, so that it can be repeated more often than a deploy. */
const repeats = 5

export async function optimizationRows({ site: { vm } }: Ground, rounds: number): Promise<Row[]> {
  const program = await copyProgram(vm, 'time-optimizations.ts')
  const { stdout } = await vm.run(`${program} ${rounds * repeats}`, { timeoutMs: 600_000 })
  const times: Record<string, Record<string, number[]>> = JSON.parse(stdout)
  return Object.entries(times).flatMap(([work, ways]) =>
    Object.entries(ways).map(([way, values]) => row(work, way, figure(values))),
  )
}
