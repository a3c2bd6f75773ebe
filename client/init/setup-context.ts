// The machine that `bptctl init` sets up, and what each of its tasks reports.
import type { Config } from '../../agent/config.ts'
import { runProgram } from './run-program.ts'

export interface SetupContext {
  config: Config
  /** Ids of the agent's user and of the group that deploys. */
  owner: { uid: number; gid: number }
  /** The installed script that the hook links lead to. */
  installedHook: string
}

/** One thing that is as it should be: `done` just now, or `right` before. */
export type SetupResult = { did: 'done' | 'right'; what: string }

export type SetupTask = (site: SetupContext) => Promise<SetupResult[]>

/** @throws Error when the product is not installed. */
export async function readSetupContext(config: Config, installedHook: string): Promise<SetupContext> {
  const [, , uid] = await entry('passwd', config.user)
  const [, , gid] = await entry('group', config.group)
  return { config, owner: { uid: Number(uid), gid: Number(gid) }, installedHook }
}

async function entry(database: 'passwd' | 'group', name: string): Promise<string[]> {
  const noun = database === 'passwd' ? 'user' : 'group'
  const line = await runProgram('getent', [database, name]).catch((cause) => {
    throw new Error(`There is no ${noun} ${name}. Install first: sudo ./install.sh`, { cause })
  })
  return line.split(':')
}
