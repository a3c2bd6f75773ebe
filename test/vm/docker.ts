// The Docker engine of this machine, which carries the test machines.
import { existsSync } from 'node:fs'
import { type CommandOptions, command, type Ended, succeeded } from './command.ts'

// The distribution's client fits the distribution's engine; another one on PATH may lack plugins.
export const client = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker'

export const docker = async (args: string[], options?: CommandOptions): Promise<string> =>
  succeeded(await tried(args, options), `docker ${args.join(' ')}`).stdout.trim()

export const tried = (args: string[], options?: CommandOptions): Promise<Ended> => command([client, ...args], options)

export const has = async (kind: 'image' | 'volume', name: string): Promise<boolean> =>
  (await tried([kind, 'inspect', name])).code === 0
