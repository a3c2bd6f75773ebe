// Calls the host's Docker engine, in which each test VM is a container.
import { existsSync } from 'node:fs'
import { assertSuccess, type CommandOptions, type CommandResult, runCommand } from './command.ts'

// The distribution's client fits the distribution's engine; another one on PATH may lack plugins.
export const dockerClient = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker'

export const runDocker = async (args: string[], options?: CommandOptions): Promise<string> =>
  assertSuccess(await tryDocker(args, options), `docker ${args.join(' ')}`).stdout.trim()

export const tryDocker = (args: string[], options?: CommandOptions): Promise<CommandResult> =>
  runCommand([dockerClient, ...args], options)

export const existsInDocker = async (kind: 'image' | 'volume', name: string): Promise<boolean> =>
  (await tryDocker([kind, 'inspect', name])).code === 0
