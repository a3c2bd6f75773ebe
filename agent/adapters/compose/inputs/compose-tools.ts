// Finds the programs of compose and buildx, and the settings of docker, so that an update is noticed while the agent
// runs, and a plugin that only another user has is named.
import { constants } from 'node:fs'
import { access, readFile, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { Failure } from '../../../protocol/failure.ts'

export type DockerPlugin = 'compose' | 'buildx'

/** Folders in which the docker command looks for compose: docker/cli, cli-plugins/manager/manager_unix.go. */
const pluginFolders = ['/usr/local/lib', '/usr/local/libexec', '/usr/lib', '/usr/libexec'].map(
  (folder) => `${folder}/docker/cli-plugins`,
)

const settings = v.object({ cliPluginsExtraDirs: v.optional(v.array(v.string()), []) })

/** Words of docker without its compose: it reads the options of compose as its own, or knows no such command. */
const withoutCompose = /^(?:unknown flag: --ansi|docker: unknown command: docker compose|docker: 'compose' is not a)/m

/**
 * Words of compose and docker without buildx, or with a buildx that is too old for compose. Lines of a build's step
 * begin with its number or its time: any program may print these words there.
 */
const withoutBuildx =
  /^(?!#?\d).*(?:requires buildx|buildx (?:component|plugin)? ?is (?:missing|not installed)|'buildx' is not a docker command|unknown command: docker buildx)/im

/** Returns data that differ after an update of compose. @param env the environment of compose. */
export async function readComposeTools(env: NodeJS.ProcessEnv): Promise<unknown[]> {
  const { config, folders } = await readDockerSettings(env)
  const programs = folders.map((folder) => join(folder, 'docker-compose'))
  const stats = await Promise.all(programs.map((path) => stat(path).catch(() => null)))
  return [config, ...stats.map((file) => file && [file.ino, file.size, file.mtimeMs])]
}

/** Returns the failure of a plugin that the agent's user does not have; null if docker finds the plugin. */
export async function findMissingPlugin(plugin: DockerPlugin, env: NodeJS.ProcessEnv): Promise<Failure | null> {
  const { folders } = await readDockerSettings(env)
  const isThere = await Promise.all(
    folders.map((folder) =>
      access(join(folder, `docker-${plugin}`), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  )
  return isThere.includes(true) ? null : describePlugin(plugin)
}

/** Returns the failure of a missing plugin that the error output of docker tells; null for any other output. */
export function missingPluginFailure(printed: string): Failure | null {
  if (withoutCompose.test(printed)) return describePlugin('compose')
  return withoutBuildx.test(printed) ? describePlugin('buildx') : null
}

function describePlugin(plugin: DockerPlugin): Failure {
  return Failure.of('plugin_missing', { plugin, user: userInfo().username })
}

/** Returns the text of docker's settings, null without any, and the folders in which docker looks for its plugins. */
async function readDockerSettings({ DOCKER_CONFIG, HOME = '/' }: NodeJS.ProcessEnv) {
  const configFolder = DOCKER_CONFIG ?? join(HOME, '.docker')
  const config = await readFile(join(configFolder, 'config.json'), 'utf8').catch(() => null)
  return { config, folders: [...extraFolders(config ?? '{}'), join(configFolder, 'cli-plugins'), ...pluginFolders] }
}

function extraFolders(config: string): string[] {
  try {
    const parsed = v.safeParse(settings, JSON.parse(config))
    return parsed.success ? parsed.output.cliPluginsExtraDirs : []
  } catch {
    return []
  }
}
