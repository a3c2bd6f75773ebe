// Decides if the engine's build API gives the same image as compose: for a plain build with a small context.
import type { Service } from '../../../interfaces/engine/compose-project.ts'
import { canonicalName } from '../../compose/image-name.ts'
import type { ContextEntry } from './build-context.ts'

/** Keys of a build section that the agent passes to the API; with any other key compose builds. */
const passedKeys = ['context', 'dockerfile', 'args', 'target', 'labels']

/** The API takes the whole context; of a larger one compose sends only the changes. */
const maxContextBytes = 4_000_000

/** BuildKit does not recognize an archive as tar if the name of its first entry is longer. */
const maxFirstNameBytes = 100

/** The parameters of one build through the engine's API. */
export interface DirectRecipe {
  service: Service
  /** The context's folder. */
  contextFolder: string
  /** The entries of the context, relative to the folder; the Dockerfile is the first. */
  paths: string[]
  /** The Dockerfile's path in the context. */
  dockerfile: string
  args: Record<string, string>
}

export interface Dockerfile {
  path: string
  text: string
  /** False if no instruction can copy the path into the image, directly or over symbolic links. */
  canCopy(path: string, links: string[]): boolean
}

/** Returns null if compose has to build. */
export function createDirectRecipe(
  { service, contextFolder, args }: Pick<DirectRecipe, 'service' | 'contextFolder' | 'args'>,
  { path, text, canCopy }: Dockerfile,
  entries: ContextEntry[],
): DirectRecipe | null {
  const contextBytes = entries.reduce((sum, entry) => sum + entry.size, 0)
  const isPlain =
    contextBytes <= maxContextBytes &&
    Buffer.byteLength(path) <= maxFirstNameBytes &&
    entries.every((entry) => entry.isSentAlike) &&
    Object.keys(service.build ?? {}).every((key) => passedKeys.includes(key))
  // The builder pulls the frontend that `# syntax=` names, for which the registry may require a login.
  if (!isPlain || /^\s*#\s*syntax\s*=/im.test(text)) return null
  const otherPaths = entries.map((entry) => entry.path).filter((entryPath) => entryPath !== path)
  const links = entries.filter(isLink).map((link) => link.path)
  const isDockerfileExcluded = otherPaths.length === entries.length
  // The archive must hold even an excluded Dockerfile; that makes no difference if no instruction can copy it.
  const mayBeCopied = () => canCopy(path, links) || links.some((link) => path.startsWith(`${link}/`))
  if (isDockerfileExcluded && mayBeCopied()) return null
  return { service, contextFolder, args, dockerfile: path, paths: [path, ...otherPaths] }
}

/** Returns null if compose has to build at least one of the images, or if two builds have the same image name. */
export function requireAllRecipes(recipes: (DirectRecipe | null)[]): DirectRecipe[] | null {
  const direct = recipes.filter((recipe) => recipe !== null)
  const names = new Set(direct.map(({ service }) => canonicalName(service.image)))
  return names.size === recipes.length ? direct : null
}

function isLink({ content }: ContextEntry): boolean {
  return content.startsWith('-> ')
}
