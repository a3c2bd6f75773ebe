// The rows for programs, with what they were measured on.
import { readFile } from 'node:fs/promises'
import { cpus, release, totalmem } from 'node:os'
import { runCommand } from '../../vm/command.ts'
import { runDocker } from '../../vm/docker.ts'
import { checkoutDirectory } from '../../vm/paths.ts'
import type { Settings } from '../settings.ts'
import type { Row } from './bench-row.ts'

export interface Results {
  measured: string
  /** The commit that was checked out; with a + where files differed from it. */
  revision: string
  machine: { processor: string; cores: number; memoryGiB: number; kernel: string; engine: string; load: string }
  settings: Settings
  rows: Row[]
}

/** @param load the machine's load average before the bench began. */
export async function results(rows: Row[], settings: Settings, load: string): Promise<Results> {
  const described = await runCommand(['git', 'describe', '--always', '--dirty=+', '--exclude=*'], {
    cwd: checkoutDirectory,
  })
  return {
    measured: new Date().toISOString(),
    revision: described.stdout.trim(),
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

/** Of the last minute. */
export async function loadAverage(): Promise<string> {
  return (await readFile('/proc/loadavg', 'utf8')).split(' ')[0] ?? ''
}
