// Measures the memory that a program of the agent's kind takes while a command prints 1 GB, and counts lost lines:
// MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=65536 node --max-semi-space-size=2 --heap-growing-percent=20 test/bench/loud-command.ts
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { runCommand } from '../../agent/adapters/host/command.ts'

const expectedLines = 5_000_000
const log = createWriteStream('/dev/null', { highWaterMark: 64 * 1024 }).setMaxListeners(0)
let lines = 0
let wrongLines = 0

const startedAt = performance.now()
await runCommand('awk', [`BEGIN { for (n = 1; n <= ${expectedLines}; n++) printf "%d %0190d\\n", n, n }`], {
  cwd: '/',
  env: process.env,
  signal: new AbortController().signal,
  async onLine(line) {
    lines++
    if (!line.startsWith(`${lines} 0`) || !line.endsWith(String(lines))) wrongLines++
    if (!log.write(`${line}\n`)) await once(log, 'drain')
  },
})
const seconds = (performance.now() - startedAt) / 1000
const peakKib = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
const lost = expectedLines - lines + wrongLines
console.log(`${lost} lines lost, ${Math.round(peakKib / 1024)} MiB at most, ${seconds.toFixed(1)} s`)
