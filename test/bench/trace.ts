// What the agent waits for during a deploy, by the kernel's account: the commands that it has started, and its requests
// of the engine. strace notes both at little cost, since it stops the agent at these few calls only.
import type { Vm } from '../vm/vm.ts'

const file = '/tmp/agent.trace'
const dropIn = '/etc/systemd/system/bpt-deployer.service.d/traced.conf'
const strace = `/usr/bin/strace -D -f -q --seccomp-bpf -ttt -s 40 -e trace=execve,connect,read,write,writev -e signal=none -o ${file}`
const agent = '/usr/lib/bpt-deployer/bin/node /usr/lib/bpt-deployer/agent.js'

/** Milliseconds since 1970. */
export interface Span {
  from: number
  to: number
}

export async function traced<T>(vm: Vm, act: (spans: () => Promise<Span[]>) => Promise<T>): Promise<T> {
  await vm.writeFile(dropIn, `[Service]\nPrivateTmp=no\nWatchdogSec=0\nExecStart=\nExecStart=${strace} ${agent}\n`)
  await vm.run('systemctl daemon-reload; systemctl restart bpt-deployer')
  try {
    return await act(async () => spans((await vm.run(`cat ${file}`)).stdout))
  } finally {
    await vm.run(`rm -f ${dropIn} ${file}; systemctl daemon-reload; systemctl restart bpt-deployer`)
  }
}

/** Commands from their execve to their exit, requests from their writing to their answer; events are no answer. */
export function spans(trace: string): Span[] {
  const found: Span[] = []
  const commands = new Map<string, number>()
  const requests = new Map<string, number>()
  const engine = new Set<string>()
  let main: string | undefined
  let reading = ''
  for (const line of trace.split('\n')) {
    const [, pid = '', seconds, call = ''] = /^(\d+) +([\d.]+) (.*)$/.exec(line) ?? []
    const at = Number(seconds) * 1000
    main ??= pid
    if (call.startsWith('execve(') && pid !== main && !commands.has(pid)) commands.set(pid, at)
    if (call.startsWith('+++ ')) end(commands, pid, at)
    if (pid !== main) continue
    const [, name, socket = ''] = /^(\w+)\((\d+), /.exec(call) ?? []
    if (name === 'connect') engine[call.includes('docker.sock') ? 'add' : 'delete'](socket)
    if (name === 'read') reading = socket
    if (!engine.has(name ? socket : reading)) continue
    if (name?.startsWith('write') && /"[A-Z]+ \//.test(call) && !/"GET [^ ]*\/events/.test(call))
      requests.set(socket, at)
    if (/^(read\(\d+, |<\.\.\. read resumed>)"HTTP/.test(call)) end(requests, reading, at)
  }
  return found

  function end(open: Map<string, number>, key: string, to: number) {
    const from = open.get(key)
    if (from !== undefined) found.push({ from, to })
    open.delete(key)
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
