// Records what the agent waits for during a deploy: its commands and its availability probe by kernel events, its
// requests to the engine by a proxy. Neither stops the agent.
import { runDocker } from '../../vm/docker.ts'
import type { Vm } from '../../vm/vm.ts'
import { type KernelEvent, type KernelEventRecorder, recordKernelEvents } from './kernel-events.ts'
import { copyProgram } from './vm-program.ts'

const engineNotes = '/tmp/engine.notes'
const proxySocket = '/run/bench-engine.sock'
const dropIn = '/etc/systemd/system/bpt-deployer.service.d/traced.conf'

/** Milliseconds since 1970. */
export interface Span {
  from: number
  to: number
}

export interface Trace {
  events: KernelEvent[]
  /** The agent's process id as the kernel of the host numbers it. */
  agentPid: number
  /** Lines of in-vm/engine-proxy.ts. */
  engineNotes: string
}

/** @param act gets the function that reads the trace. */
export async function withTrace<T>(vm: Vm, act: (readTrace: () => Promise<Trace>) => Promise<T>): Promise<T> {
  using recorder = recordKernelEvents(80)
  try {
    return await act(await startTrace(vm, recorder))
  } finally {
    const files = [dropIn, engineNotes, proxySocket].join(' ')
    await vm.run(`systemctl stop bench-engine; rm -f ${files}; systemctl daemon-reload; systemctl restart bpt-deployer`)
  }
}

async function startTrace(vm: Vm, recorder: KernelEventRecorder): Promise<() => Promise<Trace>> {
  const engineProxy = await copyProgram(vm, 'engine-proxy.ts')
  const start = `systemd-run --quiet --unit=bench-engine ${engineProxy} ${proxySocket} /var/run/docker.sock ${engineNotes}`
  await vm.runAndWaitForJournal(start, 'bench-engine', '^listening$', { expectation: 'the engine proxy listens' })
  await vm.run(`chmod 666 ${proxySocket}`)
  await vm.writeFile(dropIn, `[Service]\nEnvironment=DOCKER_HOST=unix://${proxySocket}\n`)
  await vm.run('systemctl daemon-reload; systemctl restart bpt-deployer')
  const processes = await runDocker(['top', vm.container, '-eo', 'pid,args'])
  const agentPid = Number(/^ *(\d+) .*bpt-deployer\/agent\.js$/m.exec(processes)?.[1])
  if (Number.isNaN(agentPid)) throw new Error(`the agent is not among the processes of the VM: ${processes}`)
  return async () => ({
    events: recorder.read(),
    agentPid,
    engineNotes: (await vm.run(`cat ${engineNotes}`)).stdout,
  })
}

/** Commands of the agent from fork to exit; without those that still run. */
export function commandSpans({ events, agentPid }: Pick<Trace, 'events' | 'agentPid'>): Span[] {
  const spans: Span[] = []
  const forkTimes = new Map<string | undefined, number>()
  // A fork without an exec is a new thread of the agent.
  const executedPids = new Set<string | undefined>()
  for (const { name, at, thread, fields } of events) {
    const { pid, child_pid } = fields
    if (name === 'sched_process_fork' && thread === agentPid) forkTimes.set(child_pid, at)
    if (name === 'sched_process_exec') executedPids.add(pid)
    if (name !== 'sched_process_exit') continue
    const from = forkTimes.get(pid)
    if (from !== undefined && executedPids.has(pid)) spans.push({ from, to: at })
    forkTimes.delete(pid)
    executedPids.delete(pid)
  }
  return spans
}

/** Times in which the VM waited to be connected to a port of its own, as only the agent's availability probe does. */
export function heldProbeSpans({ events }: Pick<Trace, 'events'>): Span[] {
  const spans: Span[] = []
  let waitingCount = 0
  let from = 0
  for (const { name, at, fields } of events) {
    if (name !== 'inet_sock_set_state' || fields.saddr !== fields.daddr) continue
    if (fields.newstate === 'TCP_SYN_SENT' && ++waitingCount === 1) from = at
    if (fields.oldstate === 'TCP_SYN_SENT' && --waitingCount === 0) spans.push({ from, to: at })
  }
  return spans
}

/** Requests to the engine from their first byte to the last byte of their answer. */
export function engineRequestSpans({ engineNotes }: Pick<Trace, 'engineNotes'>): Span[] {
  const spans = new Map<string, Span>()
  for (const line of engineNotes.split('\n')) {
    const [connection, request, from, to] = line.split(' ')
    if (to) spans.set(`${connection} ${request}`, { from: Number(from), to: Number(to) })
  }
  return [...spans.values()]
}

/** Milliseconds of a span that no other span covers. */
export function uncoveredMs({ from, to }: Span, others: Span[]): number {
  let uncovered = 0
  let position = from
  for (const other of others.toSorted((a, b) => a.from - b.from)) {
    if (other.from > position) uncovered += Math.min(other.from, to) - position
    position = Math.max(position, other.to)
    if (position >= to) return uncovered
  }
  return uncovered + to - position
}
