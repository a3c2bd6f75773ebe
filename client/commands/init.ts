// Runs `bptctl init`: sets up directories, repository, hook and network on this server.
import { hostname } from 'node:os'
import type { Config } from '../../agent/config.ts'
import { createDirectories } from '../init/directories.ts'
import { linkHooks } from '../init/hook-links.ts'
import { requireMounts } from '../init/mounts.ts'
import { createNetwork } from '../init/network.ts'
import { setOwnership } from '../init/ownership.ts'
import { createRepository } from '../init/repository.ts'
import { readSetupContext, type SetupTask } from '../init/setup-context.ts'
import { printLines } from '../text/output.ts'

const tasks: SetupTask[] = [createDirectories, createRepository, linkHooks, setOwnership, createNetwork, requireMounts]
const installedHook = '/usr/lib/bpt-deployer/hooks/post-receive'

export async function initCommand(config: Config, out: NodeJS.WriteStream, hook = installedHook): Promise<number> {
  if (process.getuid?.() !== 0) throw new Error('bptctl init sets this machine up, so it needs root: sudo bptctl init')
  const setupContext = await readSetupContext(config, hook)
  for (const task of tasks)
    for (const { state, text } of await task(setupContext)) printLines(out, [`${state.padEnd(7)}${text}`])
  printLines(out, ['', ...advice(config)])
  return 0
}

function advice({ source, group }: Config): string[] {
  return [
    `A developer:        sudo usermod -aG ${group} NAME`,
    `On their machine:   git remote add production ssh://USER@${hostname()}${source.repository}`,
    `                    git push production ${source.branch}`,
  ]
}
