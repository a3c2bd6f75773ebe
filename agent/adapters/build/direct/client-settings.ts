// Finds settings of Docker's clients that change a build: the engine does not read them, so compose must build.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Variables by which compose and buildx build in another way. COMPOSE_FILE only chooses what to read; with a path it may
 * bring in the .env of another folder, though.
 */
const buildVariables =
  /^\s*(?:export\s+)?(?:DOCKER_|BUILDX_|BUILDKIT_|COMPOSE_(?!PROFILES|PROJECT_NAME|PATH_SEPARATOR|FILE\s*=[^/\n]*$)|SOURCE_DATE_EPOCH)/m

/**
 * True if a proxy, a builder or a build variable is configured.
 * @param home the folder with the clients' settings.
 * @param envFiles files from which compose takes variables.
 */
export async function hasClientBuildSettings(home: string, envFiles: string[]): Promise<boolean> {
  const [config, builder, ...variables] = await Promise.all(
    [join(home, '.docker/config.json'), join(home, '.docker/buildx/current'), ...envFiles].map((path) =>
      readFile(path, 'utf8').catch(() => ''),
    ),
  )
  const { proxies } = parseSettings(config ?? '')
  return (
    proxies !== undefined ||
    Boolean(parseSettings(builder ?? '').Name) ||
    variables.some((text) => buildVariables.test(text))
  )
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
