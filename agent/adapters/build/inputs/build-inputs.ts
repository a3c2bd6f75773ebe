// All that a build is made from, as one digest: for equal ones an image that is there need not be built again.
import { hash } from 'node:crypto'
import { lstat, readFile } from 'node:fs/promises'
import { isAbsolute, relative, resolve } from 'node:path'
import type { Service } from '../../../interfaces/engine/compose-project.ts'
import type { BuildInputs } from '../../../interfaces/engine/images.ts'
import { ignoreNotFound } from '../../docker/images.ts'
import { readContext } from './build-context.ts'
import { createDirectRecipe, type DirectRecipe, requireAllRecipes } from './direct-recipe.ts'
import { parseIgnoreFile } from './dockerignore.ts'
import { changeStamp, type FileHashes } from './file-hashes.ts'
import { UncertainInputs } from './uncertain-inputs.ts'

/** Keys of a build section that say all by themselves; with any other there is a build. */
const plain = ['context', 'dockerfile', 'args', 'target', 'labels', 'network', 'shm_size', 'extra_hosts', 'ulimits']

/** What is asked of the engine; dockerode's Docker is one. */
export interface ImageInspector {
  getImage(name: string): { inspect(): Promise<Base> }
  info(): Promise<{ DriverStatus?: [string, string][] }>
}

interface Base {
  Id: string
  Config: { OnBuild?: unknown[] | null }
  GraphDriver?: { Name: string } | null
}

/** Inputs that the engine may be told without compose. */
export interface DirectBuildInputs extends BuildInputs {
  /** One for each service; null where compose has to build. */
  recipes(): DirectRecipe[] | null
}

/** Null where it cannot be told for sure. */
export async function readBuildInputs(
  docker: ImageInspector,
  contents: FileHashes,
  services: Service[],
): Promise<DirectBuildInputs | null> {
  const look = async () => {
    const parts = await Promise.all(services.map((service) => one(docker, contents, service)))
    const digest = sha256(['1', ...parts.map(({ made }) => made)])
    return { digest, stamps: parts.map(({ stamps }) => stamps).join(), parts }
  }
  const before = await look().catch(unknown)
  return (
    before && {
      digest: before.digest,
      recipes: () => requireAllRecipes(before.parts.map(({ recipe }) => recipe())),
      async isUnchanged() {
        const now = await look().catch(unknown)
        return now?.digest === before.digest && now.stamps === before.stamps
      },
    }
  )
}

async function one(
  docker: ImageInspector,
  contents: FileHashes,
  service: Service,
): Promise<{ made: unknown; stamps: string; recipe: () => DirectRecipe | null }> {
  const { name, image, build } = service
  const { root, path, args } = section(build ?? {})
  const [dockerfile, own, common] = await Promise.all(
    [path, `${path}.dockerignore`, resolve(root, '.dockerignore')].map(textOf),
  )
  if (!dockerfile) throw new UncertainInputs(`no file ${path}`)
  // BuildKit takes an empty one for none, or for one.
  if (own?.text === '') throw new UncertainInputs('an empty .dockerignore of the Dockerfile')
  const ignoring = own ?? common
  // Loaded when it is needed: most starts of the agent come without a deploy.
  const { findReferencedImages, canCopyPath } = await import('./dockerfile.ts')
  const [entries, bases] = await Promise.all([
    readContext(root, parseIgnoreFile(ignoring?.text ?? ''), contents),
    Promise.all(findReferencedImages(dockerfile.text, args).map((base) => baseOf(docker, base))),
  ])
  const files = entries.map(({ path, mode, content }) => [path, mode, content])
  return {
    made: [name, image, build, dockerfile.text, ignoring?.text, bases, files],
    stamps: [dockerfile, ...(ignoring ? [ignoring] : []), ...entries].map(({ stamp }) => stamp).join(),
    recipe: () =>
      createDirectRecipe(
        { service, root, args },
        {
          path: relative(root, path),
          text: dockerfile.text,
          canCopy: (...args) => canCopyPath(dockerfile.text, ...args),
        },
        entries,
      ),
  }
}

function section(build: Record<string, unknown>): { root: string; path: string; args: Record<string, string> } {
  const further = Object.keys(build).find((key) => !plain.includes(key))
  if (further) throw new UncertainInputs(`${further} in the build section`)
  const { context: root, dockerfile = 'Dockerfile', args = {} } = build
  if (typeof root !== 'string' || !isAbsolute(root) || typeof dockerfile !== 'string')
    throw new UncertainInputs(`the context ${root}`)
  const path = resolve(root, dockerfile)
  if (relative(root, path).startsWith('..')) throw new UncertainInputs('a Dockerfile outside of the context')
  const given = Object.entries(args as Record<string, unknown>)
  // Without a value it comes from the environment; the builder's own change what it does.
  for (const [name, value] of given)
    if (typeof value !== 'string' || name.startsWith('BUILDKIT_')) throw new UncertainInputs(`the argument ${name}`)
  return { root, path, args: Object.fromEntries(given) as Record<string, string> }
}

/** Null where there is none. */
async function textOf(path: string): Promise<{ text: string; stamp: string } | null> {
  const stats = await lstat(path, { bigint: true }).catch(() => null)
  if (!stats) return null
  if (!stats.isFile()) throw new UncertainInputs(`${path} is no file`)
  return { text: await readFile(path, 'utf8'), stamp: changeStamp(stats) }
}

/** The id of an image; what is not there is fetched by the builder alone, and may be another one each time. */
async function baseOf(docker: ImageInspector, name: string): Promise<string> {
  const found = await docker.getImage(name).inspect().catch(ignoreNotFound)
  if (!found) throw new UncertainInputs(`the image ${name} is not there`)
  if ((found.Config.OnBuild ?? []).length > 0) throw new UncertainInputs(`the image ${name} says what is built on it`)
  // This driver is never containerd's, and to ask takes the engine five times as long as all else.
  if (found.GraphDriver?.Name !== 'overlay2') await local(docker)
  return found.Id
}

/** With containerd's image store a builder asks the registry first, whatever is there. */
async function local(docker: ImageInspector): Promise<void> {
  const { DriverStatus = [] } = await docker.info()
  if (DriverStatus.some(([, value]) => value.startsWith('io.containerd.'))) throw new UncertainInputs('the image store')
}

/** What the disk refuses is for the build to tell. */
function unknown(thrown: unknown): null {
  if (thrown instanceof UncertainInputs || (thrown instanceof Error && 'syscall' in thrown && 'path' in thrown))
    return null
  throw thrown
}

function sha256(value: unknown): string {
  return hash('sha256', JSON.stringify(value))
}
