// Creates the directories of the production environment. An existing database belongs to postgres and stays as it is.
import { chmod, chown, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { SetupContext, SetupResult } from './setup-context.ts'

export async function createDirectories({ config, owner }: SetupContext): Promise<SetupResult[]> {
  const { repository } = config.source
  const { logs, database, script } = config.stack
  const siteFolder = dirname(repository)
  const isOwnFolder = [logs, database, script].every((path) => dirname(path) === siteFolder)
  return [
    // A parent that holds other things as well, like /srv, keeps its owner and mode.
    await ensureDirectory(siteFolder, isOwnFolder ? { uid: 0, gid: owner.gid, mode: 0o2775 } : null),
    await ensureDirectory(logs, { ...owner, mode: 0o2750 }),
    await ensureDirectory(repository, { ...owner, mode: 0o2775 }),
    await ensureDirectory(join(repository, '.secrets'), { ...owner, mode: 0o2770 }),
    await ensureDirectory(database, null, 0o700),
  ]
}

type Permissions = { uid: number; gid: number; mode: number }

async function ensureDirectory(path: string, wanted: Permissions | null, mode = 0o755): Promise<SetupResult> {
  const isCreated = (await mkdir(path, { recursive: true, mode: wanted?.mode ?? mode })) !== undefined
  const current = await stat(path)
  if (!current.isDirectory()) throw new Error(`${path} is in the way: it is not a directory.`)
  const isRight =
    !wanted || (current.uid === wanted.uid && current.gid === wanted.gid && (current.mode & 0o7777) === wanted.mode)
  if (wanted && !isRight) {
    await chown(path, wanted.uid, wanted.gid)
    await chmod(path, wanted.mode)
  }
  if (isCreated) return { state: 'done', text: `created ${path}` }
  return isRight ? { state: 'right', text: path } : { state: 'done', text: `gave ${path} its owner and mode` }
}
