// Refuses a build of files that the agent may not read: BuildKit's client would send them empty, without a word.
import { relative } from 'node:path'
import type { Service } from '../../../interfaces/engine/compose-project.ts'
import { captureOutput } from '../../host/command.ts'
import { findUnreadable, unreadableFailure } from '../../host/file-access.ts'
import { readContextFiles } from './context-files.ts'
import { findReadFiles } from './dockerfile-copies.ts'

/** Milliseconds that a look through a large context may take; then the build goes on without it. */
const searchTimeoutMs = 10_000

/** @throws unreadable. */
export async function assertFilesReadable(services: Service[], signal: AbortSignal): Promise<void> {
  // Services often share a context, which may be large.
  const unreadable = new Map<string, string[]>()
  for (const { build } of services) {
    const files = await readContextFiles(build).catch(() => null)
    if (!files) continue
    const { context, dockerfile, ignoreFile, isIgnored } = files
    // BuildKit takes a file with rules that the agent may not read for an empty one.
    if (await findUnreadable([ignoreFile])) throw await unreadableFailure(ignoreFile, null)
    const listed = unreadable.get(context) ?? (await listUnreadable(context, signal))
    unreadable.set(context, listed)
    const denied = listed.filter((path) => !isIgnored(path))
    const [first] = findReadFiles(dockerfile, denied)
    if (first) throw await unreadableFailure(`${context}/${first}`, `/${first}`)
  }
}

/** Lists unreadable files relative to the folder; those in unreadable folders end a build by themselves. */
async function listUnreadable(folder: string, signal: AbortSignal): Promise<string[]> {
  const args = [folder, '-name', '.git', '-prune', '-o', '-type', 'f', '!', '-readable', '-print0']
  const limit = AbortSignal.any([signal, AbortSignal.timeout(searchTimeoutMs)])
  const found = captureOutput('find', args, { cwd: '/', env: process.env, signal: limit })
  const { stdout } = await found.catch((thrown: unknown) => {
    if (signal.aborted) throw thrown
    return { stdout: '' }
  })
  return stdout
    .split('\0')
    .filter(Boolean)
    .map((path) => relative(folder, path))
}
