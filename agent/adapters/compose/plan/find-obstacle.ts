// Finds settings for which compose cannot be asked at the guard's socket.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import type { ComposeProject } from '../../../interfaces/engine/compose-project.ts'

const schema = v.object({ proxies: v.optional(v.record(v.string(), v.unknown()), {}) })

/** Returns null if there is none. @param env the environment of compose. */
export async function findObstacle(project: ComposeProject, env: NodeJS.ProcessEnv): Promise<string | null> {
  const [obstacle] = project.planFacts.obstacles
  if (obstacle) return obstacle
  const path = join(env.DOCKER_CONFIG ?? join(env.HOME ?? '/', '.docker'), 'config.json')
  const parsed = v.safeParse(schema, await readJson(path))
  // Compose looks an engine's proxies up by the address of its socket, which is the guard's in a record.
  const engine = parsed.success && Object.keys(parsed.output.proxies).find((name) => name !== 'default')
  return engine ? `${path} has proxies for ${engine}` : null
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return null
  }
}
