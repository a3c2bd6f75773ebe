// Decides which settings of git keep pushes from the hook. Pure functions.
import { join } from 'node:path'
import type { PushObstacle } from '../../../protocol/work-tree/push-obstacle-text.ts'

export interface GitSetting {
  /** `system`, `global`, `local` or `worktree`. */
  scope: string
  /** In lower case. */
  key: string
  value: string
}

/** Values with which git stores a push to the branch that is checked out, and leaves the work tree alone. */
const acceptingValues = ['ignore', 'warn', 'false', 'no', 'off', '0']

/** Reads the output of `git config --list --show-scope -z`. */
export function parseSettings(printed: string): GitSetting[] {
  const fields = printed.split('\0')
  return Array.from({ length: Math.floor(fields.length / 2) }, (_, n) => {
    const [scope = '', entry = ''] = [fields[2 * n], fields[2 * n + 1]]
    const end = entry.indexOf('\n')
    return {
      scope,
      key: (end < 0 ? entry : entry.slice(0, end)).toLowerCase(),
      // A key without a value means true.
      value: end < 0 ? 'true' : entry.slice(end + 1),
    }
  })
}

/** Returns the setting that names another folder of hooks; null without one. */
export function findHooksPath(settings: GitSetting[]): GitSetting | null {
  return settings.findLast(({ key }) => key === 'core.hookspath') ?? null
}

/** Returns the folder of hooks. */
export function hooksFolder(gitFolder: string, setting: GitSetting | null): string {
  if (!setting) return join(gitFolder, 'hooks')
  // git runs the hook in its own folder.
  return setting.value.startsWith('/') ? setting.value : join(gitFolder, setting.value)
}

/** Returns the settings that refuse pushes to the branch. */
export function findRefusingSettings(settings: GitSetting[], branch: string): PushObstacle[] {
  const ref = `refs/heads/${branch}`
  const current = settings.findLast(({ key }) => key === 'receive.denycurrentbranch')
  const isAccepting = current && acceptingValues.includes(current.value.toLowerCase())
  const hiding = settings
    .filter(({ key }) => key === 'transfer.hiderefs' || key === 'receive.hiderefs')
    .findLast(({ value }) => isPrefixOf(value.replace(/^!?\^?/, ''), ref))
  return [
    ...(isAccepting
      ? []
      : [describe({ scope: 'local', value: current?.value ?? '' }, 'receive.denyCurrentBranch', 'refused')]),
    ...(hiding && !hiding.value.startsWith('!')
      ? [describe(hiding, hiding.key.replace('hiderefs', 'hideRefs'), 'hidden')]
      : []),
  ]
}

function describe(
  { scope, value }: Pick<GitSetting, 'scope' | 'value'>,
  key: string,
  effect: 'refused' | 'hidden',
): PushObstacle {
  return { kind: 'setting', key, value, scope, effect }
}

function isPrefixOf(prefix: string, ref: string): boolean {
  return ref === prefix || ref.startsWith(`${prefix.replace(/\/$/, '')}/`)
}
