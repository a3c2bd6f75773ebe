// Looks for everything on the server that keeps a push from being deployed: git itself says nothing about a hook that it
// does not find, or may not run.
import { constants } from 'node:fs'
import { access, lstat, readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type PushObstacle, pushObstacleText } from '../../../protocol/work-tree/push-obstacle-text.ts'
import { createGitRunner } from '../run-git.ts'
import { findHooksPath, findRefusingSettings, hooksFolder, parseSettings } from './push-settings.ts'

/** Milliseconds that git gets to list its settings. */
const gitTimeoutMs = 2_000

export interface HookPaths {
  workTree: string
  /** The link between git's hook and the installed one. */
  script: string
  /** The hook as it is installed. */
  installed: string
}

/** Returns sentences; none if pushes to the branch are deployed. */
export async function findPushObstacles(paths: HookPaths, branch: string): Promise<string[]> {
  const obstacles = await listObstacles(paths, branch)
  return obstacles.map((obstacle) => pushObstacleText(obstacle, paths.workTree))
}

async function listObstacles(paths: HookPaths, branch: string): Promise<PushObstacle[]> {
  const gitFolder = join(paths.workTree, '.git')
  if (!(await stat(gitFolder).catch(() => null))) return [{ kind: 'repository missing' }]
  const [printed, isReadOnly] = await Promise.all([
    createGitRunner(paths.workTree)(['config', '--list', '--show-scope', '-z'], {
      signal: AbortSignal.timeout(gitTimeoutMs),
    }).catch(() => null),
    access(gitFolder, constants.W_OK).then(
      () => false,
      (thrown: NodeJS.ErrnoException) => thrown.code === 'EROFS',
    ),
  ])
  // A configuration that git cannot read fails each push in git's own words.
  const settings = parseSettings(printed ?? '')
  const hooksPath = findHooksPath(settings)
  const hook = await checkHook(join(hooksFolder(gitFolder, hooksPath), 'post-receive'), paths)
  const isElsewhere = hook && hooksPath && hook.kind !== 'hook not executable'
  return [
    ...(isReadOnly ? [{ kind: 'read-only' } as const] : []),
    ...(isElsewhere
      ? [{ kind: 'setting', ...hooksPath, key: 'core.hooksPath', effect: 'no hook' } as const]
      : hook
        ? [hook]
        : []),
    ...(printed === null ? [] : findRefusingSettings(settings, branch)),
  ]
}

/** Returns null for the hook of the agent, and for another hook that names it. */
async function checkHook(path: string, { script, installed }: HookPaths): Promise<PushObstacle | null> {
  if (!(await lstat(path).catch(() => null))) return { kind: 'hook missing', path }
  const [target, installedTarget] = await Promise.all([path, installed].map((each) => realpath(each).catch(() => null)))
  if (!target) return { kind: 'hook leads nowhere', path, isInstalled: installedTarget !== null }
  if (target !== installedTarget) {
    const text = await readFile(target, 'utf8').catch(() => '')
    if (!text.includes(script) && !text.includes(installed)) return { kind: 'other hook', path }
  }
  const { mode } = await stat(target)
  // Pushers are neither the hook's owner nor certainly in its group.
  return (mode & 0o001) === 0 ? { kind: 'hook not executable', path: target } : null
}
