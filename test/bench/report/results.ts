// Describes the results as docs/bench.json keeps them: the rows, and the host on which they were measured.
import { readFile } from 'node:fs/promises'
import { cpus, release, totalmem } from 'node:os'
import { runCommand } from '../../vm/command.ts'
import { runDocker } from '../../vm/docker.ts'
import { checkoutDirectory } from '../../vm/paths.ts'
import type { Settings } from '../settings.ts'
import type { BenchRow } from './bench-row.ts'

export interface Results {
  measured: string
  /** The commit that was checked out; a + at its end means that files differed from it. */
  revision: string
  machine: { processor: string; cores: number; memoryGiB: number; kernel: string; engine: string; load: string }
  settings: Settings
  rows: BenchRow[]
}

/** @param load the host's load average before the bench began. */
export async function describeResults(rows: BenchRow[], settings: Settings, load: string): Promise<Results> {
  const describe = ['git', 'describe', '--always', '--dirty=+', '--exclude=*']
  const { stdout } = await runCommand(describe, { cwd: checkoutDirectory })
  return {
    measured: new Date().toISOString(),
    revision: stdout.trim(),
    machine: {
      processor: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
      engine: await runDocker(['version', '--format', '{{.Server.Version}}']),
      load,
    },
    settings,
    rows,
  }
}

/** Reads the load average of the last minute. */
export async function readLoadAverage(): Promise<string> {
  return (await readFile('/proc/loadavg', 'utf8')).split(' ')[0] ?? ''
}
