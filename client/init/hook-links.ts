// Creates two symbolic links: from git's post-receive hook to `stack.script`, and from there to the installed hook. A
// file in the place of a link is renamed.
import { existsSync } from 'node:fs'
import { lstat, readlink, rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { SetupContext, SetupResult } from './setup-context.ts'

export async function linkHooks({ config, installedHook }: SetupContext): Promise<SetupResult[]> {
  if (!existsSync(installedHook)) throw new Error(`there is no ${installedHook}. Install first: sudo ./install.sh`)
  const { script } = config.stack
  return [
    await ensureLink(script, installedHook),
    await ensureLink(join(config.source.repository, '.git/hooks/post-receive'), script),
  ]
}

async function ensureLink(path: string, target: string): Promise<SetupResult> {
  const current = await lstat(path).catch(() => null)
  if (current?.isSymbolicLink() && (await readlink(path)) === target)
    return { state: 'right', text: `${path} -> ${target}` }
  const backup = current ? unusedPath(`${path}.old-${new Date().toISOString().slice(0, 10)}`) : null
  if (backup) await rename(path, backup)
  await symlink(target, path)
  return { state: 'done', text: `linked ${path} -> ${target}${backup ? `, kept the old file as ${backup}` : ''}` }
}

function unusedPath(path: string): string {
  let candidate = path
  for (let number = 2; existsSync(candidate); number++) candidate = `${path}-${number}`
  return candidate
}
