// Lets systemd mount the file system of the repository before it starts the agent.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runProgram } from './run-program.ts'
import type { SetupContext, SetupResult } from './setup-context.ts'

export async function requireMounts({ config, installedHook }: SetupContext): Promise<SetupResult[]> {
  const { repository } = config.source
  // The script is installed beside the folder of the hook.
  const script = join(dirname(dirname(installedHook)), 'require-mounts.sh')
  if (!existsSync(script)) return []
  const written = await runProgram(script, [repository])
  return written
    ? [{ state: 'done', text: `wrote ${written}; in effect at the next start of the agent` }]
    : [{ state: 'right', text: `the agent starts after the mount of ${repository}` }]
}
