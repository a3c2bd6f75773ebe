// Counts a container's open connections in /proc/PID/net/tcp and tcp6, which every user may read.
import { readFile } from 'node:fs/promises'
import { setTimeout as after } from 'node:timers/promises'
import { parseTcpTable } from './tcp-table.ts'

const checkIntervalMs = 10

/**
 * States in which a request or its answer may still be on its way: ESTABLISHED, SYN_RECV, FIN_WAIT1, CLOSE_WAIT,
 * LAST_ACK, CLOSING. Linux, include/net/tcp_states.h
 */
const openStates = new Set(['01', '03', '04', '08', '09', '0B'])

/**
 * Resolves after two successive checks found no open connection to these ports, and after `maxMs` at the latest. If the
 * tables cannot be read, it resolves after `maxMs`.
 * @param pid a process of the container, whose network namespace is read.
 * @param read reads a file of /proc.
 */
export async function waitUntilDisconnected(
  pid: number,
  ports: number[],
  maxMs: number,
  read = readTable,
): Promise<void> {
  const deadline = performance.now() + maxMs
  const remainingMs = () => Math.max(0, deadline - performance.now())
  for (let idleChecks = 0; idleChecks < 2 && remainingMs() > 0; ) {
    const open = await countOpen(pid, ports, read).catch(() => null)
    if (open === null) return after(remainingMs())
    idleChecks = open > 0 ? 0 : idleChecks + 1
    if (idleChecks < 2) await after(Math.min(checkIntervalMs, remainingMs()))
  }
}

function readTable(path: string): Promise<string> {
  return readFile(path, 'latin1')
}

async function countOpen(pid: number, ports: number[], read: typeof readTable): Promise<number> {
  const tables = await Promise.all([
    read(`/proc/${pid}/net/tcp`),
    // The file does not exist on a host without IPv6.
    read(`/proc/${pid}/net/tcp6`).catch(() => ''),
  ])
  const sockets = parseTcpTable(tables.join(''))
  return sockets.filter(({ port, state }) => ports.includes(port) && openStates.has(state)).length
}
