// Measures the rows of an idle agent on a test VM of its own, and of the agent's start.
import { setTimeout as sleep } from 'node:timers/promises'
import { createSite } from '../../e2e/support/site.ts'
import { distributionOf } from '../measure/distribution.ts'
import { type BenchRow, medianRow, valueRow } from '../report/bench-row.ts'
import type { BenchSite } from '../site/bench-site.ts'

const agentPid = '$(systemctl show -P MainPID bpt-deployer)'
/** Prints the CPU time of the agent and of its ended children so far, in hundredths of a second. */
const printCpuTime = `awk '{ print $14 + $15 + $16 + $17 }' /proc/${agentPid}/stat`
const printResidentKibibytes = `ps -o rss= -p ${agentPid}`

/** Time for the pruning that follows a deploy and that no event ends. */
const maxSettleSeconds = 20

export async function measureIdleAgent(seconds: number): Promise<BenchRow[]> {
  await using site = await createSite('bench-idle')
  const { vm, ada } = site
  const { output } = await ada.push({ options: ['quiet'] })
  if (!/live: /.test(output)) throw new Error(`the push to the idle VM failed: ${output}`)
  const readNumber = async (command: string) => Number((await vm.run(command)).stdout)
  await sleep(Math.min(maxSettleSeconds, seconds) * 1000)
  const cpuTimeBefore = await readNumber(printCpuTime)
  const began = performance.now()
  await sleep(seconds * 1000)
  const cpuTime = (await readNumber(printCpuTime)) - cpuTimeBefore
  const elapsed = (performance.now() - began) / 10
  const memoryMiB = (await readNumber(printResidentKibibytes)) / 1024
  return [
    valueRow('idle agent', 'resident memory', memoryMiB, 'MiB', { target: 75 }),
    valueRow('idle agent', `CPU time over ${seconds} s`, (cpuTime / elapsed) * 100, '%', { target: 0.1 }),
  ]
}

export async function measureAgentStart({ site: { vm } }: BenchSite, rounds: number): Promise<BenchRow[]> {
  const timestamp = (name: string) => `$(systemctl show -P ${name}TimestampMonotonic bpt-deployer)`
  const restart = `systemctl restart bpt-deployer; echo $((${timestamp('ActiveEnter')} - ${timestamp('ExecMainStart')}))`
  const startMs: number[] = []
  for (let round = 0; round < rounds; round++) startMs.push(Number((await vm.run(restart)).stdout) / 1000)
  return [
    medianRow('agent start', 'from the start of the process to READY=1', distributionOf(startMs), { target: 400 }),
  ]
}
