// Tells by whom and when a branch was moved to its commit: git itself reports a push only once, to its hook.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BranchWrite } from '../../interfaces/repository.ts'

/** A line of a reflog: old and new hash, name and address, seconds since 1970. */
const reflogLine = /^[0-9a-f]+ (?<tip>[0-9a-f]+) (?<name>.*) <[^>]*> (?<seconds>\d+) [+-]\d{4}/

/** Returns null if neither the branch's file nor its reflog tells. */
export async function readBranchWrite(workTree: string, branch: string): Promise<BranchWrite | null> {
  const gitFolder = join(workTree, '.git')
  return (
    (await readFileOwner(join(gitFolder, 'refs/heads', branch))) ??
    readReflog(join(gitFolder, 'logs/refs/heads', branch))
  )
}

/** The kernel itself names the owner: git replaces the file at each push. It is gone once git has packed the refs. */
async function readFileOwner(path: string): Promise<BranchWrite | null> {
  try {
    const [text, { uid, mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
    return { tip: text.trim(), by: { uid }, at: mtimeMs }
  } catch {
    return null
  }
}

async function readReflog(path: string): Promise<BranchWrite | null> {
  const lines = (await readFile(path, 'utf8').catch(() => '')).trimEnd().split('\n')
  const { tip, name, seconds } = reflogLine.exec(lines.at(-1) ?? '')?.groups ?? {}
  return tip && name !== undefined && seconds ? { tip, by: name ? { name } : null, at: 1_000 * Number(seconds) } : null
}
