// What the agent waits for during a deploy: the commands that it has started and its visitors, by the kernel's account,
// and its requests of the engine, by the account of who passes them on. Neither stops the agent.
import { runDocker } from '../../vm/docker.ts'
import type { Vm } from '../../vm/vm.ts'
import { type KernelEvent, type KernelEvents, kernelEvents } from './kernel-events.ts'
import { copyProgram } from './vm-program.ts'

const answers = '/tmp/engine.notes'
const socket = '/run/bench-engine.sock'
const dropIn = '/etc/systemd/system/bpt-deployer.service.d/traced.conf'

/** Milliseconds since 1970. */
export interface Span {
  from: number
  to: number
}

export interface Trace {
  events: KernelEvent[]
  /** The agent's process as the kernel numbers it. */
  agent: number
  /** Lines of engine-proxy.ts. */
  answers: string
}

/** @param act is given what to read the trace by. */
export async function traced<T>(vm: Vm, act: (trace: () => Promise<Trace>) => Promise<T>): Promise<T> {
  using kernel = kernelEvents(80)
  try {
    return await act(await tracing(vm, kernel))
  } finally {
    const files = [dropIn, answers, socket].join(' ')
    await vm.run(`systemctl stop bench-engine; rm -f ${files}; systemctl daemon-reload; systemctl restart bpt-deployer`)
  }
}

async function tracing(vm: Vm, kernel: KernelEvents): Promise<() => Promise<Trace>> {
  const proxy = await copyProgram(vm, 'engine-proxy.ts')
  const ear = `${proxy} ${socket} /var/run/docker.sock ${answers}`
  const listening = { expectation: 'somebody listens before the engine' }
  await vm.runAndWaitForJournal(
    `systemd-run --quiet --unit=bench-engine ${ear}`,
    'bench-engine',
    '^listening$',
    listening,
  )
  await vm.run(`chmod 666 ${socket}`)
  await vm.writeFile(dropIn, `[Service]\nEnvironment=DOCKER_HOST=unix://${socket}\n`)
  await vm.run('systemctl daemon-reload; systemctl restart bpt-deployer')
  const processes = await runDocker(['top', vm.container, '-eo', 'pid,args'])
  const agent = Number(/^ *(\d+) .*bpt-deployer\/agent\.js$/m.exec(processes)?.[1])
  if (Number.isNaN(agent)) throw new Error(`no process is the agent's: ${processes}`)
  return async () => ({ events: kernel.read(), agent, answers: (await vm.run(`cat ${answers}`)).stdout })
}

/** Commands of the agent from their fork to their exit, but for those that stay. */
export function commands({ events, agent }: Pick<Trace, 'events' | 'agent'>): Span[] {
  const found: Span[] = []
  const forked = new Map<string | undefined, number>()
  // A thread of the agent executes nothing.
  const executed = new Set<string | undefined>()
  for (const { name, at, thread, fields } of events) {
    const { pid, child_pid } = fields
    if (name === 'sched_process_fork' && thread === agent) forked.set(child_pid, at)
    if (name === 'sched_process_exec') executed.add(pid)
    const from = forked.get(pid)
    if (name !== 'sched_process_exit') continue
    if (from !== undefined && executed.has(pid)) found.push({ from, to: at })
    forked.delete(pid)
    executed.delete(pid)
  }
  return found
}

/** When somebody of this machine waited to be connected to one of its own ports: a visitor of the agent. */
export function held({ events }: Pick<Trace, 'events'>): Span[] {
  const found: Span[] = []
  let waiting = 0
  let from = 0
  for (const { name, at, fields } of events) {
    if (name !== 'inet_sock_set_state' || fields.saddr !== fields.daddr) continue
    if (fields.newstate === 'TCP_SYN_SENT' && ++waiting === 1) from = at
    if (fields.oldstate === 'TCP_SYN_SENT' && --waiting === 0) found.push({ from, to: at })
  }
  return found
}

/** Requests of the engine from their first byte to the last one of their answer. */
export function owed({ answers }: Pick<Trace, 'answers'>): Span[] {
  const last = new Map<string, Span>()
  for (const line of answers.split('\n')) {
    const [connection, request, from, to] = line.split(' ')
    if (to) last.set(`${connection} ${request}`, { from: Number(from), to: Number(to) })
  }
  return [...last.values()]
}

/** Of a span, what no other span covers, in milliseconds. */
export function uncovered({ from, to }: Span, by: Span[]): number {
  let left = 0
  let reached = from
  for (const one of by.toSorted((a, b) => a.from - b.from)) {
    if (one.from > reached) left += Math.min(one.from, to) - reached
    reached = Math.max(reached, one.to)
    if (reached >= to) return left
  }
  return left + to - reached
}
