// git's hook -> the deploy script of the production environment -> the installed hook. What was there is kept aside.
import { existsSync } from 'node:fs'
import { lstat, readlink, rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { SetupContext, SetupResult } from './setup-context.ts'

export async function linkHooks({ config, installedHook }: SetupContext): Promise<SetupResult[]> {
  if (!existsSync(installedHook)) throw new Error(`There is no ${installedHook}. Install first: sudo ./install.sh`)
  const { script } = config.stack
  return [
    await link(script, installedHook),
    await link(join(config.source.repository, '.git/hooks/post-receive'), script),
  ]
}

async function link(path: string, target: string): Promise<SetupResult> {
  const found = await lstat(path).catch(() => null)
  if (found?.isSymbolicLink() && (await readlink(path)) === target)
    return { did: 'right', what: `${path} -> ${target}` }
  const aside = found ? vacant(`${path}.old-${new Date().toISOString().slice(0, 10)}`) : null
  if (aside) await rename(path, aside)
  await symlink(target, path)
  return { did: 'done', what: `linked ${path} -> ${target}${aside ? `, kept the old one as ${aside}` : ''}` }
}

function vacant(path: string): string {
  let name = path
  for (let n = 2; existsSync(name); n++) name = `${path}-${n}`
  return name
}
