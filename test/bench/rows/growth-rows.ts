// Measures the rows of an agent with a large history, a long queue and many followers, compared with a new agent.
import { commandTimer, emptyProgramTimer } from '../measure/time-in-vm.ts'
import { measureInTurns } from '../measure/turns.ts'
import { copyProgram } from '../measure/vm-program.ts'
import { type BenchRow, medianRow, ratioRow, valueRow } from '../report/bench-row.ts'
import type { Settings } from '../settings.ts'
import type { BenchSite } from '../site/bench-site.ts'

/** A request needs at least one call of git, which takes long on a slow and busy host. */
const timeoutMs = 1_800_000

export async function measureGrowth({ site: { vm } }: BenchSite, settings: Settings): Promise<BenchRow[]> {
  const { rounds, history, orders, followers } = settings
  const commands = { status: commandTimer(vm, 'bptctl status'), history: commandTimer(vm, 'bptctl history') }
  const runProgram = async (name: string, as: string, argument: number) => {
    const program = await copyProgram(vm, name)
    return (await vm.run(`${program} ${argument}`, { as, timeoutMs })).stdout.trim()
  }
  const addDeploys = async (count: number) => {
    await vm.run('systemctl stop bpt-deployer.socket bpt-deployer')
    await runProgram('fill-history.ts', 'root', count)
    await vm.run('chown -R bpt-deployer: /var/lib/bpt-deployer; systemctl start bpt-deployer.socket bpt-deployer')
  }

  await addDeploys(10)
  const newAgent = await measureInTurns({ ...commands, emptyProgram: await emptyProgramTimer(vm) }, rounds * 2)

  await addDeploys(history)
  const oldAgent = await measureInTurns(commands, rounds * 2)

  await vm.run('bptctl pause bench', { as: 'ada' })
  const incompleteFollowers = await runProgram('count-incomplete-followers.ts', 'ada', followers)
  const acceptMs = await runProgram('request-deploys.ts', 'ada', orders)
  const longQueue = await measureInTurns({ status: commands.status }, rounds)
  const memoryMiB = Number((await vm.run('ps -o rss= -p $(systemctl show -P MainPID bpt-deployer)')).stdout) / 1024

  const largeHistory = `history of ${history.toLocaleString('en')} deploys`
  const waiting = `${orders.toLocaleString('en')} deploys wait`
  return [
    medianRow('bptctl status', 'the whole command', newAgent.status),
    medianRow('bptctl status', 'lower bound: the same Node, empty program', newAgent.emptyProgram),
    ratioRow('bptctl status', 'status / lower bound', newAgent.status, newAgent.emptyProgram, { target: 1.6 }),
    ratioRow(largeHistory, 'bptctl status / with a new agent', oldAgent.status, newAgent.status, { target: 1.2 }),
    ratioRow(largeHistory, 'bptctl history / with a new agent', oldAgent.history, newAgent.history, { target: 1.2 }),
    medianRow(waiting, 'bptctl status', longQueue.status),
    valueRow(waiting, 'time to accept them', Number(acceptMs), 'ms'),
    valueRow(`${followers} followers`, 'followers that missed a line', Number(incompleteFollowers), '', { target: 0 }),
    valueRow('large history and long queue', 'resident memory at the end', memoryMiB, 'MiB', { target: 150 }),
  ]
}
