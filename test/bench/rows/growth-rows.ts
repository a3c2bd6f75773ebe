// What a long life costs: a large history, a long queue, many followers, against a young agent.
import { emptyProgram, inside } from '../measure/time-in-vm.ts'
import { inTurn } from '../measure/turns.ts'
import { copyProgram } from '../measure/vm-program.ts'
import { amount, type Row, ratio, row } from '../report/bench-row.ts'
import type { Settings } from '../settings.ts'
import type { Ground } from '../site/bench-site.ts'

/** An order costs a call of git at least; this is for machines that are slow and busy. */
const timeoutMs = 1_800_000

export async function growthRows({ site: { vm } }: Ground, settings: Settings): Promise<Row[]> {
  const { rounds, history, orders, followers } = settings
  const asked = { status: inside(vm, 'bptctl status'), history: inside(vm, 'bptctl history') }
  const script = async (name: string, as: string, ...args: (string | number)[]) => {
    const program = await copyProgram(vm, name)
    return (await vm.run(`${program} ${args.join(' ')}`, { as, timeoutMs })).stdout.trim()
  }
  const fill = async (deploys: number) => {
    await vm.run('systemctl stop bpt-deployer.socket bpt-deployer')
    await script('fill-history.ts', 'root', deploys)
    await vm.run('chown -R bpt-deployer: /var/lib/bpt-deployer; systemctl start bpt-deployer.socket bpt-deployer')
  }

  await fill(10)
  const young = await inTurn({ ...asked, node: await emptyProgram(vm) }, rounds * 2)

  await fill(history)
  const old = await inTurn(asked, rounds * 2)

  await vm.run('bptctl pause bench', { as: 'ada' })
  const following = await script('count-incomplete-followers.ts', 'ada', followers)
  const waiting = await script('request-deploys.ts', 'ada', orders)
  const busy = await inTurn({ status: asked.status }, rounds)
  const memory = Number((await vm.run('ps -o rss= -p $(systemctl show -P MainPID bpt-deployer)')).stdout) / 1024

  const large = `history of ${history.toLocaleString('en')} deploys`
  const long = `${orders.toLocaleString('en')} deploys wait`
  return [
    row('bptctl status', 'whole command', young.status),
    row('bptctl status', 'the same Node, empty program', young.node),
    ratio('bptctl status', 'status / empty program', young.status, young.node, { reach: 1.6 }),
    ratio(large, 'status, against a young agent', old.status, young.status, { reach: 1.2 }),
    ratio(large, 'history, against a young agent', old.history, young.history, { reach: 1.2 }),
    row(long, 'bptctl status', busy.status),
    amount(long, 'time to accept them', Number(waiting), 'ms'),
    amount(`${followers} followers`, 'followers that missed a line', Number(following), '', { reach: 0 }),
    amount('a long life', 'resident memory after all of that', memory, 'MiB', { reach: 150 }),
  ]
}
