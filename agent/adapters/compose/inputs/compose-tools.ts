// Describes the files of compose and the settings of docker, so that an update is noticed while the agent runs.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Folders in which the docker command looks for compose: docker/cli, cli-plugins/manager/manager_unix.go. */
const pluginFolders = ['/usr/local/lib', '/usr/local/libexec', '/usr/lib', '/usr/libexec'].map(
  (folder) => `${folder}/docker/cli-plugins`,
)

/** Returns data that differ after an update of compose. @param env the environment of compose. */
export async function readComposeTools(env: NodeJS.ProcessEnv): Promise<unknown[]> {
  const configFolder = env.DOCKER_CONFIG ?? join(env.HOME ?? '/', '.docker')
  const programs = [join(configFolder, 'cli-plugins'), ...pluginFolders].map((folder) => join(folder, 'docker-compose'))
  const stats = await Promise.all(programs.map((path) => stat(path).catch(() => null)))
  return [
    await readFile(join(configFolder, 'config.json'), 'utf8').catch(() => null),
    ...stats.map((file) => file && [file.ino, file.size, file.mtimeMs]),
  ]
}
