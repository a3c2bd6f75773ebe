// Writes a sentence for each thing that keeps pushes from being deployed, with the command that ends it. A line of the
// status has room for about 70 columns.
import { shortHash } from '../deploy-text.ts'
import { quotePath } from '../failures/server-failures.ts'

/** The parts of the server on which pushes depend. */
export type PushObstacle =
  | { kind: 'repository missing' }
  | { kind: 'read-only' }
  | { kind: 'hook missing'; path: string }
  | { kind: 'hook leads nowhere'; path: string; isInstalled: boolean }
  | { kind: 'other hook'; path: string }
  | { kind: 'hook not executable'; path: string }
  | { kind: 'setting'; key: string; value: string; scope: string; effect: SettingEffect }

export type SettingEffect = 'no hook' | 'refused' | 'hidden'

const nothing = 'pushes deploy nothing'

export function pushObstacleText(obstacle: PushObstacle, workTree: string): string {
  const folder = quotePath(workTree)
  switch (obstacle.kind) {
    case 'repository missing':
      return `${nothing}: there is no git repository in ${workTree}. Look if it is mounted: findmnt -T ${folder}. Or create it: sudo bptctl init`
    case 'read-only':
      return `pushes fail: the file system of ${workTree} is read-only. Look: sudo dmesg | tail; findmnt -T ${folder}`
    case 'hook missing':
      return `${nothing}: there is no ${obstacle.path}. Put it back: sudo bptctl init`
    case 'hook leads nowhere':
      return `${nothing}: ${obstacle.path} leads nowhere. Put it back: ${obstacle.isInstalled ? 'sudo bptctl init' : "run bpt-deployer's install.sh as root"}`
    case 'other hook':
      return `${nothing}: ${obstacle.path} is not the hook of the agent. Put it back, the other one is kept: sudo bptctl init`
    case 'hook not executable':
      return `${nothing}: ${obstacle.path} is not executable. Put it right: sudo chmod 755 ${quotePath(obstacle.path)}`
    case 'setting':
      return settingText(obstacle, folder)
  }
}

/** A commit on the deployed branch that the hook never reported. */
export function unreportedTipText(tip: string, branch: string): string {
  return `no push reported ${shortHash(tip)}, the tip of ${branch}, to the agent. Look as its pusher: git config --show-origin core.hooksPath. Deploy it: bptctl deploy ${branch}`
}

function settingText(
  { key, value, scope, effect }: Extract<PushObstacle, { kind: 'setting' }>,
  folder: string,
): string {
  const config = scope === 'system' ? 'sudo git config --system' : `git -C ${folder} config --${scope}`
  const is = `${key} is ${value || 'empty'}`
  switch (effect) {
    case 'no hook':
      return `${nothing}: ${is}. Unset it: ${config} --unset-all ${key}`
    case 'refused':
      return `pushes may be refused: ${is}. Put it right: sudo bptctl init`
    case 'hidden':
      return `pushes are refused: ${is}. Remove it: ${config} --unset-all ${key} ${quotePath(`^${value}$`)}`
  }
}
