// BuildKit's cache, by the command line: dockerode 5 leaves the limit out and would empty it.
import { captureOutput } from '../host/command.ts'

/** Shrinks the cache to at most so many bytes. */
export async function trimBuildCache(bytes: number, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const args = ['builder', 'prune', '--force', '--keep-storage', String(bytes)]
  const { code, stderr } = await captureOutput('docker', args, { cwd: '/', env, signal })
  if (code !== 0) throw new Error(`the build cache could not be shrunk: ${stderr.trim()}`)
}
