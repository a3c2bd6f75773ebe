// What the agent waits for during a deploy: the commands that it has started, by the kernel's account, and its requests
// of the engine, by the account of who passes them on. strace stops the agent at these few calls only.
import { join } from 'node:path'
import type { Vm } from '../vm/vm.ts'
import { node } from './growth.ts'

const calls = '/tmp/agent.trace'
const answers = '/tmp/engine.notes'
const socket = '/run/bench-engine.sock'
const dropIn = '/etc/systemd/system/bpt-deployer.service.d/traced.conf'
const strace = `/usr/bin/strace -D -f -q --seccomp-bpf -ttt -e trace=execve,connect,close -e signal=none -o ${calls}`
const agent = '/usr/lib/bpt-deployer/bin/node /usr/lib/bpt-deployer/agent.js'
const settings = `[Service]
PrivateTmp=no
WatchdogSec=0
Environment=DOCKER_HOST=unix://${socket}
ExecStart=
ExecStart=${strace} ${agent}
`

/** Milliseconds since 1970. */
export interface Span {
  from: number
  to: number
}

export interface Trace {
  /** Lines of strace. */
  calls: string
  /** Lines of engine-ear.ts. */
  answers: string
}

/** @param act is given what to read the trace by. */
export async function traced<T>(vm: Vm, act: (trace: () => Promise<Trace>) => Promise<T>): Promise<T> {
  await vm.copyIn(join(import.meta.dirname, 'engine-ear.ts'), '/opt/bench/engine-ear.ts')
  const ear = `${node} /opt/bench/engine-ear.ts ${socket} /var/run/docker.sock ${answers}`
  await vm.run(`systemd-run --quiet --unit=bench-engine ${ear}`)
  await vm.waitFor(`chmod 666 ${socket}`, { what: 'somebody listens before the engine' })
  await vm.writeFile(dropIn, settings)
  await vm.run('systemctl daemon-reload; systemctl restart bpt-deployer')
  try {
    return await act(async () => ({
      calls: (await vm.run(`cat ${calls}`)).stdout,
      answers: (await vm.run(`cat ${answers}`)).stdout,
    }))
  } finally {
    const files = [dropIn, calls, answers, socket].join(' ')
    await vm.run(`systemctl stop bench-engine; rm -f ${files}; systemctl daemon-reload; systemctl restart bpt-deployer`)
  }
}

/** Arguments of commands that stay and wait for questions. */
const staying = /"--batch-command"|"--stdin"/

/** Commands from their execve to their exit, but for those that stay. */
export function commands(trace: string): Span[] {
  const found: Span[] = []
  const running = new Map<string, number>()
  for (const { pid, main, at, text } of lines(trace)) {
    if (text.startsWith('execve(') && !main && !running.has(pid) && !staying.test(text)) running.set(pid, at)
    const from = running.get(pid)
    if (!text.startsWith('+++ ') || from === undefined) continue
    found.push({ from, to: at })
    running.delete(pid)
  }
  return found
}

/** Requests of the engine from their first byte to the last one of their answer. */
export function owed(notes: string): Span[] {
  const last = new Map<string, Span>()
  for (const line of notes.split('\n')) {
    const [connection, request, from, to] = line.split(' ')
    if (to) last.set(`${connection} ${request}`, { from: Number(from), to: Number(to) })
  }
  return [...last.values()]
}

/** Connections of the agent to ports, from their first packet to their end. */
export function connections(trace: string): Span[] {
  const found: Span[] = []
  const open = new Map<string, number>()
  for (const { main, at, text, name, fd } of lines(trace)) {
    if (!main) continue
    if (name === 'connect') open.delete(fd)
    if (name === 'connect' && /sa_family=AF_INET6?,/.test(text)) open.set(fd, at)
    const from = open.get(fd)
    if (name !== 'close' || from === undefined) continue
    found.push({ from, to: at })
    open.delete(fd)
  }
  return found
}

/** Lines of strace: by the process that it was started with or by another, and where it is a call, its name. */
function* lines(trace: string) {
  let first: string | undefined
  for (const line of trace.split('\n')) {
    const [, pid = '', seconds, text = ''] = /^(\d+) +([\d.]+) (.*)$/.exec(line) ?? []
    first ??= pid
    const [, name, fd = ''] = /^(\w+)\((\d+)[,) ]/.exec(text) ?? []
    yield { pid, main: pid === first, at: Number(seconds) * 1000, text, name, fd }
  }
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
