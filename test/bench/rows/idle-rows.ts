// An agent that nobody asks for anything, on a machine of its own; and how fast one starts.
import { setTimeout as later } from 'node:timers/promises'
import { createSite, type Site } from '../../e2e/support/site.ts'
import { figure } from '../measure/turns.ts'
import { amount, type Row, row } from '../report/bench-row.ts'

const process = 'pid=$(systemctl show -P MainPID bpt-deployer)'
/** Hundredths of a second that the agent and what it has started were given so far. */
const spent = `${process}; awk '{ print $14 + $15 + $16 + $17 }' /proc/$pid/stat`
const resident = `${process}; ps -o rss= -p $pid`

export async function idleRows(seconds: number): Promise<Row[]> {
  await using here = await createSite('bench-idle')
  const { vm, ada } = here
  const { output } = await ada.push({ options: ['quiet'] })
  if (!/live: /.test(output)) throw new Error(`the push to the idle machine failed: ${output}`)
  const number = async (script: string) => Number((await vm.run(script)).stdout)
  // What follows a deploy, such as tidying up, is no idling, and tells nobody when it has ended.
  await later(Math.min(20, seconds) * 1000)
  const before = await number(spent)
  const began = performance.now()
  await later(seconds * 1000)
  const share = ((await number(spent)) - before) / ((performance.now() - began) / 10)
  return [
    amount('agent idle', 'resident memory', (await number(resident)) / 1024, 'MiB', { reach: 75 }),
    amount('agent idle', `CPU over ${seconds} s`, share * 100, '%', { reach: 0.1 }),
  ]
}

export async function startRows({ vm }: Site, rounds: number): Promise<Row[]> {
  const show = (what: string) => `$(systemctl show -P ${what}TimestampMonotonic bpt-deployer)`
  const took = `systemctl restart bpt-deployer; echo $((${show('ActiveEnter')} - ${show('ExecMainStart')}))`
  const starts: number[] = []
  for (let round = 0; round < rounds; round++) starts.push(Number((await vm.run(took)).stdout) / 1000)
  return [row('agent idle', 'start to READY=1', figure(starts), { reach: 400 })]
}
