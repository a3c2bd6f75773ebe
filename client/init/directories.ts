// The directories of the production environment. An existing database is postgres' own and is left as it is.
import { chmod, chown, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { SetupContext, SetupResult } from './setup-context.ts'

export async function createDirectories({ config, owner }: SetupContext): Promise<SetupResult[]> {
  const { repository } = config.source
  const { logs, database, script } = config.stack
  const root = dirname(repository)
  const ours = [logs, database, script].every((path) => dirname(path) === root)
  return [
    // A parent that holds other things too, like /srv, keeps its owner and mode.
    await directory(root, ours ? { uid: 0, gid: owner.gid, mode: 0o2775 } : null),
    await directory(logs, { ...owner, mode: 0o2750 }),
    await directory(repository, { ...owner, mode: 0o2775 }),
    await directory(join(repository, '.secrets'), { ...owner, mode: 0o2770 }),
    await directory(database, null, 0o700),
  ]
}

type Wanted = { uid: number; gid: number; mode: number }

async function directory(path: string, wanted: Wanted | null, mode = 0o755): Promise<SetupResult> {
  const made = (await mkdir(path, { recursive: true, mode: wanted?.mode ?? mode })) !== undefined
  const found = await stat(path)
  if (!found.isDirectory()) throw new Error(`${path} is in the way: it is not a directory.`)
  const fits =
    !wanted || (found.uid === wanted.uid && found.gid === wanted.gid && (found.mode & 0o7777) === wanted.mode)
  if (wanted && !fits) {
    await chown(path, wanted.uid, wanted.gid)
    await chmod(path, wanted.mode)
  }
  if (made) return { did: 'done', what: `created ${path}` }
  return fits ? { did: 'right', what: path } : { did: 'done', what: `gave ${path} its owner and mode` }
}
