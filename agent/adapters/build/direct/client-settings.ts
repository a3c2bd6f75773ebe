// Finds settings of Docker's clients that change a build: the engine does not read them, so compose must build.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Variables of the .env file beside the compose file that compose and buildx obey. */
const buildVariables = /^\s*(?:export\s+)?(?:DOCKER_|BUILDX_|BUILDKIT_|COMPOSE_|SOURCE_DATE_EPOCH)/m

/**
 * True if a proxy, a builder or a build variable is configured.
 * @param home the folder with the clients' settings.
 */
export async function hasClientBuildSettings(home: string, composeFolder: string): Promise<boolean> {
  const [config, builder, env] = await Promise.all(
    [join(home, '.docker/config.json'), join(home, '.docker/buildx/current'), join(composeFolder, '.env')].map((path) =>
      readFile(path, 'utf8').catch(() => ''),
    ),
  )
  const { proxies } = parseSettings(config ?? '')
  return proxies !== undefined || Boolean(parseSettings(builder ?? '').Name) || buildVariables.test(env ?? '')
}

/** Returns no settings for text that is no JSON object. */
function parseSettings(text: string): { proxies?: unknown; Name?: unknown } {
  try {
    const settings: unknown = JSON.parse(text)
    return typeof settings === 'object' && settings !== null ? settings : {}
  } catch {
    return {}
  }
}
