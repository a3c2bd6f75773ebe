// Records events of processes and connections in a trace buffer of the kernel (tracefs), which slows nothing down.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const tracefs = '/sys/kernel/tracing'
const buffer = join(tracefs, 'instances/bpt-deployer')
const processEvents = ['sched/sched_process_fork', 'sched/sched_process_exec', 'sched/sched_process_exit']
const connectionEvent = 'sock/inet_sock_set_state'

const bufferKilobytesPerCpu = 32_768

export interface KernelEventRecorder extends Disposable {
  read(): KernelEvent[]
}

export interface KernelEvent {
  name: string
  /** Milliseconds since 1970. */
  at: number
  /** The id of the thread that caused the event. */
  thread: number
  fields: Record<string, string>
}

/** @param port connections to other ports are not recorded. */
export function recordKernelEvents(port: number): KernelEventRecorder {
  if (!existsSync(join(tracefs, 'events'))) execFileSync('mount', ['-t', 'tracefs', 'tracefs', tracefs])
  const set = (path: string, value: string | number) => writeFileSync(join(buffer, path), `${value}`)
  const removeBuffer = () => {
    if (existsSync(buffer)) rmdirSync(buffer)
  }
  removeBuffer()
  mkdirSync(buffer)
  // The kernel records for as long as the buffer exists, also after this process has ended.
  process.once('exit', removeBuffer)
  set('trace_clock', 'mono')
  set('buffer_size_kb', bufferKilobytesPerCpu)
  set(`events/${connectionEvent}/filter`, `dport==${port}`)
  for (const event of [...processEvents, connectionEvent]) set(`events/${event}/enable`, 1)
  return {
    read() {
      const offsetMs = Date.now() - Number(process.hrtime.bigint()) / 1e6
      return parseKernelEvents(readFileSync(join(buffer, 'trace'), 'utf8'), offsetMs)
    },
    [Symbol.dispose]: removeBuffer,
  }
}

/** @param offsetMs from the kernel's clock to 1970. */
export function parseKernelEvents(text: string, offsetMs: number): KernelEvent[] {
  const lines = text.matchAll(/^\s*.+-(\d+) +\[\d+\] \S+ +([\d.]+): (\w+): (.*)$/gm)
  return Array.from(lines, ([, thread, seconds, name = '', fields = '']) => ({
    name,
    at: Number(seconds) * 1000 + offsetMs,
    thread: Number(thread),
    fields: Object.fromEntries(Array.from(fields.matchAll(/(\w+)=(\S*)/g), ([, key, value]) => [key, value])),
  }))
}
