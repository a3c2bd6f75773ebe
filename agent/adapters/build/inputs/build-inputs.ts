// Reads everything that a build depends on and makes one digest of it: with an equal digest an existing image can be
// used again.
import { hash } from 'node:crypto'
import { lstat, readFile } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import type { Service } from '../../../interfaces/engine/compose-project.ts'
import type { BuildInputs } from '../../../interfaces/engine/images.ts'
import { type ImageInspector, readBaseImageId } from './base-image.ts'
import { readContext } from './build-context.ts'
import { createDirectRecipe, type DirectRecipe, requireAllRecipes } from './direct-recipe.ts'
import { parseIgnoreFile } from './dockerignore.ts'
import { changeStamp, type FileHashes } from './file-hashes.ts'
import { findSibling } from './sibling-images.ts'
import { UncertainInputs } from './uncertain-inputs.ts'

/** Keys of a build section whose whole effect is in their value; with any other key the inputs cannot be verified. */
const verifiableKeys = [
  'context',
  'dockerfile',
  'args',
  'target',
  'labels',
  'network',
  'shm_size',
  'extra_hosts',
  'ulimits',
]

export interface DirectBuildInputs extends BuildInputs {
  /** One recipe for each service; null if compose has to build. */
  recipes(): DirectRecipe[] | null
}

interface InputReader {
  docker: ImageInspector
  fileHashes: FileHashes
  services: Service[]
  /** A folder that stands for `/`. */
  root: string
}

interface ServiceInputs {
  /** Everything that the image depends on, to be hashed. */
  content: unknown
  /** The services from whose images it is built. */
  siblings: string[]
  /** Change stamps of the files. */
  stamps: string
  recipe: () => DirectRecipe | null
}

/** Returns null if the inputs cannot be verified. @param root a folder that stands for `/`. */
export async function readBuildInputs(
  docker: ImageInspector,
  fileHashes: FileHashes,
  services: Service[],
  root = '',
): Promise<DirectBuildInputs | null> {
  const readAll = async () => {
    const reader = { docker, fileHashes, services, root }
    const inputs = await Promise.all(services.map((service) => readServiceInputs(service, reader)))
    const digest = sha256(['1', ...inputs.map(({ content }) => content)])
    return { digest, stamps: inputs.map(({ stamps }) => stamps).join(), inputs }
  }
  const before = await readAll().catch(ignoreUncertain)
  return (
    before && {
      digest: before.digest,
      digests: digestServices(services, before.inputs),
      recipes: () => requireAllRecipes(before.inputs.map(({ recipe }) => recipe())),
      async isUnchanged() {
        const now = await readAll().catch(ignoreUncertain)
        return now?.digest === before.digest && now.stamps === before.stamps
      },
    }
  )
}

/** Makes a digest for each service; it covers the inputs of the images from which that of the service is built. */
function digestServices(services: Service[], inputs: ServiceInputs[]): Record<string, string> {
  const byName = new Map(services.map(({ name }, index) => [name, inputs[index]]))
  const withSiblings = (name: string, found = new Set<string>()): Set<string> => {
    if (found.has(name)) return found
    found.add(name)
    for (const sibling of byName.get(name)?.siblings ?? []) withSiblings(sibling, found)
    return found
  }
  const digests = services.map(({ name }) => {
    const contents = [...withSiblings(name)].map((other) => byName.get(other)?.content)
    return [name, sha256(contents)] as const
  })
  return Object.fromEntries(digests)
}

async function readServiceInputs(service: Service, reader: InputReader): Promise<ServiceInputs> {
  const { docker, fileHashes, services, root } = reader
  const { name, image, build } = service
  const { contextFolder, path, args } = parseBuildSection(build ?? {}, root)
  const [dockerfile, ownIgnoreFile, contextIgnoreFile] = await Promise.all(
    [path, `${path}.dockerignore`, resolve(contextFolder, '.dockerignore')].map(readTextFile),
  )
  if (!dockerfile) throw new UncertainInputs(`no file ${path}`)
  // Some versions of BuildKit obey an empty ignore file of the Dockerfile, others the .dockerignore of the context.
  if (ownIgnoreFile?.text === '') throw new UncertainInputs('an empty .dockerignore of the Dockerfile')
  const ignoreFile = ownIgnoreFile ?? contextIgnoreFile
  // Imported only for a build: most starts of the agent come without a deploy.
  const { findReferencedImages, canCopyPath } = await import('./dockerfile.ts')
  const bases = findReferencedImages(dockerfile.text, args).map((reference) => ({
    reference,
    sibling: findSibling(reference, service, services),
  }))
  const [entries, baseImageIds] = await Promise.all([
    readContext(contextFolder, parseIgnoreFile(ignoreFile?.text ?? ''), fileHashes),
    // The inputs of another service's image are parts of the same digest.
    Promise.all(bases.map(({ reference, sibling }) => sibling?.name ?? readBaseImageId(docker, reference))),
  ])
  const files = entries.map(({ path, mode, content }) => [path, mode, content])
  return {
    content: [name, image, build, dockerfile.text, ignoreFile?.text, baseImageIds, files],
    siblings: bases.flatMap(({ sibling }) => sibling?.name ?? []),
    stamps: [dockerfile, ...(ignoreFile ? [ignoreFile] : []), ...entries].map(({ stamp }) => stamp).join(),
    recipe: () => {
      // The API cannot lead a FROM to an image of another name.
      if (bases.some(({ sibling }) => sibling)) return null
      const canCopy = (path: string, links: string[]) => canCopyPath(dockerfile.text, path, links)
      const described = { path: relative(contextFolder, path), text: dockerfile.text, canCopy }
      return createDirectRecipe({ service, contextFolder, args }, described, entries)
    },
  }
}

function parseBuildSection(
  build: Record<string, unknown>,
  root: string,
): {
  contextFolder: string
  path: string
  args: Record<string, string>
} {
  const otherKey = Object.keys(build).find((key) => !verifiableKeys.includes(key))
  if (otherKey) throw new UncertainInputs(`${otherKey} in the build section`)
  const { context, dockerfile = 'Dockerfile', args = {} } = build
  if (typeof context !== 'string' || !isAbsolute(context) || typeof dockerfile !== 'string')
    throw new UncertainInputs(`the context ${context}`)
  const contextFolder = join(root, context)
  const path = resolve(contextFolder, dockerfile)
  if (relative(contextFolder, path).startsWith('..')) throw new UncertainInputs('a Dockerfile outside of the context')
  const entries = Object.entries(args as Record<string, unknown>)
  // An argument without a value comes from the environment; an argument BUILDKIT_* changes the builder itself.
  for (const [name, value] of entries)
    if (typeof value !== 'string' || name.startsWith('BUILDKIT_')) throw new UncertainInputs(`the argument ${name}`)
  return { contextFolder, path, args: Object.fromEntries(entries) as Record<string, string> }
}

/** Returns null if the file does not exist. */
async function readTextFile(path: string): Promise<{ text: string; stamp: string } | null> {
  const stats = await lstat(path, { bigint: true }).catch(() => null)
  if (!stats) return null
  if (!stats.isFile()) throw new UncertainInputs(`${path} is no file`)
  return { text: await readFile(path, 'utf8'), stamp: changeStamp(stats) }
}

/** Returns null for an error of the disk as well: the build itself will report it. */
function ignoreUncertain(thrown: unknown): null {
  if (thrown instanceof UncertainInputs || (thrown instanceof Error && 'syscall' in thrown && 'path' in thrown))
    return null
  throw thrown
}

function sha256(value: unknown): string {
  return hash('sha256', JSON.stringify(value))
}
