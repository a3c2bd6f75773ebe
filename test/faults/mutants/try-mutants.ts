// Runs each mutant and, by the same fault, the correct agent: an invariant that does not catch its mutant is worth nothing.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkoutDirectory } from '../../vm/paths.ts'
import type { Card } from '../faults/fault-schedule.ts'
import { type Past, round } from '../run/round.ts'
import { bundleMutant } from './bundle-mutant.ts'
import { type MutantName, mutants } from './mutants.ts'

/** A mutant never comes to rest, so that it is not waited for as long as a correct agent. */
const mutantRestTimeoutMs = 5_000

const installedAgent = '/usr/lib/bpt-deployer/agent.js'

export interface MutantResult {
  description: string
  isCaught: boolean
  /** Violations of the correct agent in the round with the same fault; must be 0. */
  correctAgentViolations: number
}

export async function tryMutants(past: Past): Promise<MutantResult[]> {
  const correctAgent = await readFile(join(checkoutDirectory, 'dist/lib/agent.js'), 'utf8')
  const results: MutantResult[] = []
  for (const name of Object.keys(mutants) as MutantName[]) {
    const { description, killAt, violates } = mutants[name]
    const card: Card = { fault: { kind: 'kill', at: killAt, ms: 0 }, order: ['good'] }
    await installAgent(past, await bundleMutant(name))
    const { violations } = await round(card, past, mutantRestTimeoutMs)
    await installAgent(past, correctAgent)
    const { violations: remaining } = await round(card, past)
    const isCaught = violations.some(({ invariant }) => invariant === violates)
    results.push({ description, isCaught, correctAgentViolations: remaining.length })
  }
  return results
}

async function installAgent({ ground }: Past, agent: string): Promise<void> {
  const { vm } = ground.site
  await vm.run(`systemctl stop bpt-deployer; cat > ${installedAgent}; systemctl start bpt-deployer`, { input: agent })
}
