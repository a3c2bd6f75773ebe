// What a person has told Docker's clients, which the engine is not told by a call of our own.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Words of a .env beside the compose file that compose itself, and what builds for it, go by. */
const switches = /^\s*(?:export\s+)?(?:DOCKER_|BUILDX_|BUILDKIT_|COMPOSE_|SOURCE_DATE_EPOCH)/m

/**
 * True where a person has told Docker's clients to build in another way than usually.
 * @param home where they look for it. @param root the folder of the compose file.
 */
export async function hasClientBuildSettings(home: string, root: string): Promise<boolean> {
  const [config, builder, env] = await Promise.all(
    [join(home, '.docker/config.json'), join(home, '.docker/buildx/current'), join(root, '.env')].map((path) =>
      readFile(path, 'utf8').catch(() => ''),
    ),
  )
  const { proxies } = json(config ?? '')
  return proxies !== undefined || Boolean(json(builder ?? '').Name) || switches.test(env ?? '')
}

/** What cannot be read says nothing. */
function json(text: string): { proxies?: unknown; Name?: unknown } {
  try {
    const found: unknown = JSON.parse(text)
    return typeof found === 'object' && found !== null ? found : {}
  } catch {
    return {}
  }
}
