// What the kernel tells of processes and connections, by a buffer of its own in tracefs: it stops nobody.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const tracefs = '/sys/kernel/tracing'
const buffer = join(tracefs, 'instances/bpt-deployer')
const events = ['sched/sched_process_fork', 'sched/sched_process_exec', 'sched/sched_process_exit']
const connections = 'sock/inet_sock_set_state'

/** Kilobytes for each processor. */
const size = 32_768

export interface KernelEvents extends Disposable {
  read(): KernelEvent[]
}

export interface KernelEvent {
  name: string
  /** Milliseconds since 1970. */
  at: number
  /** The thread that was at work. */
  thread: number
  fields: Record<string, string>
}

/** @param port connections to other ports are left out. */
export function kernelEvents(port: number): KernelEvents {
  if (!existsSync(join(tracefs, 'events'))) execFileSync('mount', ['-t', 'tracefs', 'tracefs', tracefs])
  const set = (path: string, value: string | number) => writeFileSync(join(buffer, path), `${value}`)
  const remove = () => {
    if (existsSync(buffer)) rmdirSync(buffer)
  }
  remove()
  mkdirSync(buffer)
  // The kernel keeps noting for as long as it is there.
  process.once('exit', remove)
  set('trace_clock', 'mono')
  set('buffer_size_kb', size)
  set(`events/${connections}/filter`, `dport==${port}`)
  for (const event of [...events, connections]) set(`events/${event}/enable`, 1)
  return {
    read() {
      const offset = Date.now() - Number(process.hrtime.bigint()) / 1e6
      return parsed(readFileSync(join(buffer, 'trace'), 'utf8'), offset)
    },
    [Symbol.dispose]: remove,
  }
}

/** @param offset milliseconds from the kernel's clock to 1970. */
export function parsed(text: string, offset: number): KernelEvent[] {
  const lines = text.matchAll(/^\s*.+-(\d+) +\[\d+\] \S+ +([\d.]+): (\w+): (.*)$/gm)
  return Array.from(lines, ([, thread, seconds, name = '', rest = '']) => ({
    name,
    at: Number(seconds) * 1000 + offset,
    thread: Number(thread),
    fields: Object.fromEntries(Array.from(rest.matchAll(/(\w+)=(\S*)/g), ([, key, value]) => [key, value])),
  }))
}
