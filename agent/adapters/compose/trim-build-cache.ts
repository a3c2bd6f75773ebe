// Shrinks BuildKit's cache by the docker command: dockerode 5 drops the limit and would empty the cache.
import { captureOutput } from '../host/command.ts'

/** Shrinks the cache to at most so many bytes. */
export async function trimBuildCache(bytes: number, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const args = ['builder', 'prune', '--force', '--keep-storage', String(bytes)]
  const { code, stderr } = await captureOutput('docker', args, { cwd: '/', env, signal })
  if (code !== 0) throw new Error(`the build cache was not shrunk: ${stderr.trim()}. Look: docker system df`)
}
