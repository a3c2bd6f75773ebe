// Describes the server that `bptctl init` sets up, and the results that each of its tasks reports.
import type { Config } from '../../agent/config.ts'
import { runProgram } from './run-program.ts'

export interface SetupContext {
  config: Config
  /** Ids of the agent's user and of the group that deploys. */
  owner: { uid: number; gid: number }
  /** Path of the installed post-receive hook, to which the links lead. */
  installedHook: string
}

/** One thing that is as it should be: `done` by this run, or `right` already. */
export type SetupResult = { state: 'done' | 'right'; text: string }

export type SetupTask = (context: SetupContext) => Promise<SetupResult[]>

/** @throws Error when the product is not installed. */
export async function readSetupContext(config: Config, installedHook: string): Promise<SetupContext> {
  const [, , uid] = await readEntry('passwd', config.user)
  const [, , gid] = await readEntry('group', config.group)
  return { config, owner: { uid: Number(uid), gid: Number(gid) }, installedHook }
}

/** Reads the fields of an entry of the passwd or group database. */
async function readEntry(database: 'passwd' | 'group', name: string): Promise<string[]> {
  const noun = database === 'passwd' ? 'user' : 'group'
  const line = await runProgram('getent', [database, name]).catch((cause) => {
    throw new Error(`there is no ${noun} ${name}. Install first: sudo ./install.sh`, { cause })
  })
  return line.split(':')
}
