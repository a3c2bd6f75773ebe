// What the engine can be told by one call so that it builds the same as compose would: a plain build of few small files.
import type { Service } from '../../../interfaces/engine/compose-project.ts'
import type { ContextEntry } from './build-context.ts'

/** Keys of a build section that are told with the call; with any other compose builds. */
const told = ['context', 'dockerfile', 'args', 'target', 'labels']

/** Bytes of a context that are sent as a whole; of a larger one compose sends only what has changed. */
const maxContextBytes = 4_000_000

/** Bytes of a name in a tar entry. Of an archive whose first entry has a longer one BuildKit sees no archive. */
const maxNameBytes = 100

export interface DirectRecipe {
  service: Service
  /** The folder of the context, and what of it the builder gets. */
  root: string
  /** The Dockerfile first. */
  paths: string[]
  /** The Dockerfile's path in the context. */
  dockerfile: string
  args: Record<string, string>
}

export interface Dockerfile {
  path: string
  text: string
  /** False where no instruction of it can take a path into the image, over links or not. */
  canCopy(path: string, links: string[]): boolean
}

/** Null where compose has to build. */
export function createDirectRecipe(
  { service, root, args }: Pick<DirectRecipe, 'service' | 'root' | 'args'>,
  { path, text, canCopy }: Dockerfile,
  entries: ContextEntry[],
): DirectRecipe | null {
  const size = entries.reduce((sum, entry) => sum + entry.size, 0)
  const plain =
    size <= maxContextBytes &&
    Buffer.byteLength(path) <= maxNameBytes &&
    entries.every((entry) => entry.isSentAlike) &&
    Object.keys(service.build ?? {}).every((key) => told.includes(key))
  // A frontend of its own comes by the registry, which may ask who one is.
  if (!plain || /^\s*#\s*syntax\s*=/im.test(text)) return null
  const others = entries.map((entry) => entry.path).filter((one) => one !== path)
  const links = entries.filter(isLink).map((link) => link.path)
  // A Dockerfile that the context leaves out comes with it all the same, as long as nothing can copy it.
  if (others.length === entries.length && (canCopy(path, links) || links.some((link) => path.startsWith(`${link}/`))))
    return null
  return { service, root, args, dockerfile: path, paths: [path, ...others] }
}

/** Null where compose has to build one of them, or where two are called the same. */
export function requireAllRecipes(all: (DirectRecipe | null)[]): DirectRecipe[] | null {
  const known = all.filter((one) => one !== null)
  const names = new Set(known.map(({ service }) => service.image))
  return names.size === all.length ? known : null
}

function isLink({ content }: ContextEntry): boolean {
  return content.startsWith('-> ')
}
