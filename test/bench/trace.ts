// What the agent waits for during a deploy, by the kernel's account: the commands that it has started, and its requests
// of the engine. strace notes both at little cost, since it stops the agent at these few calls only.
import type { Vm } from '../vm/vm.ts'

const file = '/tmp/agent.trace'
const dropIn = '/etc/systemd/system/bpt-deployer.service.d/traced.conf'
const strace = `/usr/bin/strace -D -f -q --seccomp-bpf -ttt -s 40 -e trace=execve,connect,close,read,write,writev -e signal=none -o ${file}`
const agent = '/usr/lib/bpt-deployer/bin/node /usr/lib/bpt-deployer/agent.js'

/** Milliseconds since 1970. */
export interface Span {
  from: number
  to: number
}

/** @param act is given what to read the trace by. */
export async function traced<T>(vm: Vm, act: (trace: () => Promise<string>) => Promise<T>): Promise<T> {
  await vm.writeFile(dropIn, `[Service]\nPrivateTmp=no\nWatchdogSec=0\nExecStart=\nExecStart=${strace} ${agent}\n`)
  await vm.run('systemctl daemon-reload; systemctl restart bpt-deployer')
  try {
    return await act(async () => (await vm.run(`cat ${file}`)).stdout)
  } finally {
    await vm.run(`rm -f ${dropIn} ${file}; systemctl daemon-reload; systemctl restart bpt-deployer`)
  }
}

/** Arguments of commands that stay and wait for questions. */
const staying = /"--batch-command"|"--stdin"/

/** Commands from their execve to their exit, but for those that stay; requests from their writing to their answer; events
 * are no answer. */
export function spans(trace: string): Span[] {
  const found: Span[] = []
  const commands = new Map<string, number>()
  const requests = new Map<string, number>()
  const engine = new Set<string>()
  let reading = ''
  for (const { pid, main, at, text, name, fd } of calls(trace)) {
    if (text.startsWith('execve(') && !main && !commands.has(pid) && !staying.test(text)) commands.set(pid, at)
    if (text.startsWith('+++ ')) end(commands, pid, at)
    if (!main) continue
    if (name === 'connect') engine[text.includes('docker.sock') ? 'add' : 'delete'](fd)
    if (name === 'read') reading = fd
    if (!engine.has(name ? fd : reading)) continue
    if (name?.startsWith('write') && /"[A-Z]+ \//.test(text) && !/"GET [^ ]*\/events/.test(text)) requests.set(fd, at)
    if (/^(read\(\d+, |<\.\.\. read resumed>)"HTTP/.test(text)) end(requests, reading, at)
  }
  return found

  function end(open: Map<string, number>, key: string, to: number) {
    const from = open.get(key)
    if (from !== undefined) found.push({ from, to })
    open.delete(key)
  }
}

/** Connections of the agent to ports, from their first packet to their end. */
export function connections(trace: string): Span[] {
  const found: Span[] = []
  const open = new Map<string, number>()
  for (const { main, at, text, name, fd } of calls(trace)) {
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
function* calls(trace: string) {
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
