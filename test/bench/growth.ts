// What a long life costs: a large history, a long queue, many followers, against a young agent.
import { join } from 'node:path'
import type { Site } from '../e2e/site.ts'
import { inTurn } from './measure.ts'
import { type Row, ratio, row } from './report.ts'

const node = '/usr/lib/bpt-deployer/bin/node'
const large = 100_000
const queued = 10_000
const followers = 500

export async function growthRows({ vm }: Site, rounds: number): Promise<Row[]> {
  const inside = (command: string) => async () => {
    const timed = `began=$(date +%s%N); ${command} > /dev/null; echo $((($(date +%s%N) - began) / 1000))`
    return Number((await vm.run(timed, { as: 'ada' })).stdout) / 1000
  }
  const asked = { status: inside('bptctl status'), history: inside('bptctl history') }
  const resident = async () =>
    Number((await vm.run('ps -o rss= -p $(systemctl show -P MainPID bpt-deployer)')).stdout) / 1024
  const script = async (name: string, as: string, ...args: (string | number)[]) => {
    await vm.copyIn(join(import.meta.dirname, name), `/opt/bench/${name}`)
    return (await vm.run(`${node} /opt/bench/${name} ${args.join(' ')}`, { as, timeoutMs: 300_000 })).stdout.trim()
  }

  await vm.writeFile('/tmp/empty.js', '')
  const young = await inTurn({ ...asked, node: inside(`${node} /tmp/empty.js`) }, rounds * 2)
  const idle = await resident()

  await vm.run('systemctl stop bpt-deployer.socket bpt-deployer')
  await script('many-deploys.ts', 'root', large)
  await vm.run('chown -R bpt-deployer: /var/lib/bpt-deployer; systemctl start bpt-deployer.socket bpt-deployer')
  const old = await inTurn(asked, rounds * 2)

  await vm.run('bptctl pause bench', { as: 'ada' })
  const following = await script('many-followers.ts', 'ada', followers)
  const waiting = await script('many-orders.ts', 'ada', queued)
  const busy = await inTurn({ status: asked.status }, rounds)
  const memory = await resident()
  return [
    row('bptctl status', 'whole command', young.status),
    row('bptctl status', 'the same Node, empty program', young.node),
    ratio('bptctl status', 'status / empty program', young.status, young.node, '1.6'),
    ratio('history of 100,000', 'status, against a young agent', old.status, young.status, '1.2'),
    ratio('history of 100,000', 'history, against a young agent', old.history, young.history, '1.2'),
    row('10,000 wait', 'bptctl status', busy.status),
    plain('10,000 wait', 'time to accept them', waiting),
    plain('500 followers', 'lines that each of them got', following),
    plain('agent', 'resident memory, idle', `${idle.toFixed(0)} MiB`, '75 MiB'),
    plain('agent', 'resident memory after all of that', `${memory.toFixed(0)} MiB`, '150 MiB'),
  ]
}

function plain(work: string, measure: string, value: string, reach = ''): Row {
  return [work, measure, value, '', '', reach]
}
