// What the engine can be told by one call so that it builds the same as compose would: a plain build of few small files.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Service } from '../engine.ts'
import type { Entry } from './context.ts'

/** Keys of a build section that are told with the call; with any other compose builds. */
const told = ['context', 'dockerfile', 'args', 'target', 'labels']

/** Bytes of a context that are sent as a whole; of a larger one compose sends only what has changed. */
const most = 4_000_000

export interface Recipe {
  service: Service
  /** The folder of the context, and what of it the builder gets. */
  root: string
  paths: string[]
  /** The Dockerfile's path in the context. */
  dockerfile: string
  args: Record<string, string>
}

export interface Dockerfile {
  path: string
  text: string
  /** False where no instruction of it can take a path into the image. */
  mayTake(path: string): boolean
}

/** Null where compose has to build. */
export function recipe(
  { service, root, args }: Pick<Recipe, 'service' | 'root' | 'args'>,
  { path, text, mayTake }: Dockerfile,
  entries: Entry[],
): Recipe | null {
  const size = entries.reduce((sum, entry) => sum + entry.size, 0)
  const plain = size <= most && Object.keys(service.build ?? {}).every((key) => told.includes(key))
  // A frontend of its own comes by the registry, which may ask who one is.
  if (!plain || /^\s*#\s*syntax\s*=/im.test(text)) return null
  const paths = new Set(entries.map((entry) => entry.path))
  // A Dockerfile that the context leaves out comes with it all the same, as long as nothing can copy it.
  if (!paths.has(path) && mayTake(path)) return null
  return { service, root, args, dockerfile: path, paths: [...paths.add(path)] }
}

/** True where a person has told Docker's clients to build in another place, or with proxies. */
export function customized(home: string): boolean {
  const config = json(join(home, '.docker/config.json'))
  const builder = json(join(home, '.docker/buildx/current'))
  return 'proxies' in config || Boolean('Name' in builder && builder.Name)
}

function json(path: string): object {
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return typeof found === 'object' && found !== null ? found : {}
  } catch {
    return {}
  }
}
