// Runs each mutant and, by the same fault, the correct agent. An invariant that does not catch its mutant is worth nothing.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkoutDirectory } from '../../vm/paths.ts'
import type { PlannedRound } from '../faults/fault-schedule.ts'
import { type RunState, runRound } from '../run/round.ts'
import { bundleMutant } from './bundle-mutant.ts'
import { type MutantName, mutants } from './mutants.ts'

/** A mutant may never come to rest, so that the wait for it is short. */
const mutantRestTimeoutMs = 5_000

const installedAgent = '/usr/lib/bpt-deployer/agent.js'

export interface MutantResult {
  description: string
  isCaught: boolean
  /** Violations of the correct agent in the round with the same fault; must be 0. */
  correctAgentViolations: number
}

export async function tryMutants(state: RunState): Promise<MutantResult[]> {
  const correctAgent = await readFile(join(checkoutDirectory, 'dist/lib/agent.js'), 'utf8')
  const results: MutantResult[] = []
  for (const name of Object.keys(mutants) as MutantName[]) {
    const { description, killAt, violates } = mutants[name]
    const planned: PlannedRound = { fault: { kind: 'kill', at: killAt, ms: 0 }, request: ['good'] }
    await installAgent(state, await bundleMutant(name))
    const mutantRound = await runRound(planned, state, mutantRestTimeoutMs)
    await installAgent(state, correctAgent)
    const correctRound = await runRound(planned, state)
    const isCaught = mutantRound.violations.some(({ invariant }) => invariant === violates)
    results.push({ description, isCaught, correctAgentViolations: correctRound.violations.length })
  }
  return results
}

async function installAgent({ faultSite }: RunState, agent: string): Promise<void> {
  const { vm } = faultSite.site
  await vm.run(`systemctl stop bpt-deployer; cat > ${installedAgent}; systemctl start bpt-deployer`, { input: agent })
}
