// Who is connected to a container, by the kernel's tables of its network: the agent needs no right to read them.
import { readFile } from 'node:fs/promises'
import { setTimeout as after } from 'node:timers/promises'
import { parseTcpTable } from './tcp-table.ts'

/** Milliseconds between two looks. */
const lookIntervalMs = 10

/** States of connections that may still carry a request or its answer: established, being established, closed by one
 * side, or by both with something left to send. Linux, include/net/tcp_states.h */
const open = new Set(['01', '03', '04', '08', '09', '0B'])

/**
 * Resolves when two looks in a row found nobody connected to these ports, after `most` milliseconds at the latest; only
 * then where the tables cannot be read.
 * @param pid a process of the container.
 * @param read reads a table of the kernel.
 */
export async function waitUntilDisconnected(pid: number, ports: number[], most: number, read = table): Promise<void> {
  const until = performance.now() + most
  const left = () => Math.max(0, until - performance.now())
  for (let looks = 0; looks < 2 && left() > 0; ) {
    const found = await connected(pid, ports, read).catch(() => null)
    if (found === null) return after(left())
    looks = found > 0 ? 0 : looks + 1
    if (looks < 2) await after(Math.min(lookIntervalMs, left()))
  }
}

function table(path: string): Promise<string> {
  return readFile(path, 'latin1')
}

async function connected(pid: number, ports: number[], read: typeof table): Promise<number> {
  const tables = await Promise.all([
    read(`/proc/${pid}/net/tcp`),
    // Not there on a machine without IPv6.
    read(`/proc/${pid}/net/tcp6`).catch(() => ''),
  ])
  return parseTcpTable(tables.join('')).filter(({ port, state }) => ports.includes(port) && open.has(state)).length
}
