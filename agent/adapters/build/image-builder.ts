// Builds images: by the engine's API where that gives the same, else by compose.
import type Docker from 'dockerode'
import type { ComposeProject, Service } from '../../interfaces/engine/compose-project.ts'
import type { BuildInputs, BuildOptions, BuildResult, ImageIds } from '../../interfaces/engine/images.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import type { ComposeCli } from '../compose/compose-cli.ts'
import { revisionReference } from '../docker/image-name.ts'
import { findImageId } from '../docker/images.ts'
import { stripControl } from '../host/output-lines.ts'
import { hasClientBuildSettings } from './direct/client-settings.ts'
import { packContext } from './direct/context-tar.ts'
import { type DirectBuildInputs, readBuildInputs } from './inputs/build-inputs.ts'
import type { DirectRecipe } from './inputs/direct-recipe.ts'
import { FileHashes } from './inputs/file-hashes.ts'
import { UncertainInputs } from './inputs/uncertain-inputs.ts'

const serviceLabel = 'com.docker.compose.service'

export class ImageBuilder {
  readonly #docker: Docker
  readonly #compose: Pick<ComposeCli, 'build'>
  readonly #home: string
  readonly #root: string
  readonly #contents = new FileHashes()

  /** @param home where Docker's clients look for what a person has told them. @param root the folder of the compose file. */
  constructor(docker: Docker, compose: Pick<ComposeCli, 'build'>, home: string, root: string) {
    this.#docker = docker
    this.#compose = compose
    this.#home = home
    this.#root = root
  }

  async readInputs(project: ComposeProject): Promise<BuildInputs | null> {
    return readBuildInputs(this.#docker, this.#contents, builtOf(project))
  }

  async build(
    project: ComposeProject,
    revision: string,
    { noCache, inputs }: BuildOptions,
    ctx: StepContext,
  ): Promise<BuildResult> {
    const recipes = inputs && known(inputs) ? inputs.recipes() : null
    if (inputs && recipes && !(await hasClientBuildSettings(this.#home, this.#root))) {
      const built = await this.#directly(project, recipes, { revision, noCache, inputs }, ctx).catch((thrown) =>
        refused(thrown, ctx),
      )
      if (built) return { images: built.images, inputsDigest: await built.from }
    }
    const exit = await this.#compose.build(
      project,
      (service) => revisionReference(service, project.services, revision),
      noCache,
      ctx,
    )
    if (exit !== 0) throw Failure.of('build_failed', { revision: revision.slice(0, 7), exit })
    const images: ImageIds = {}
    for (const service of builtOf(project)) {
      const image = revisionReference(service, project.services, revision)
      const id = await findImageId(this.#docker, image)
      if (!id) throw Failure.of('image_missing', { image })
      images[service.name] = id
    }
    return { images, inputsDigest: await sure(inputs) }
  }

  async #directly(
    { labels: marks, services }: ComposeProject,
    recipes: DirectRecipe[],
    { revision, noCache, inputs }: { revision: string; noCache: boolean; inputs: BuildInputs },
    { signal, output }: StepContext,
  ): Promise<{ images: ImageIds; from: Promise<string | null> }> {
    // Loaded when it is needed: most starts of the agent come without a deploy.
    const { BuildError, buildByEngine } = await import('./direct/engine-build.ts')
    const others = new AbortController()
    const ctx = { output, signal: AbortSignal.any([signal, others.signal]) }
    const packed = await Promise.all(
      recipes.map(async (recipe) => ({ recipe, context: await packContext(recipe.root, recipe.paths) })),
    )
    const built = packed.map(async ({ recipe, context }) => {
      const { name } = recipe.service
      const labels = { ...marks, [serviceLabel]: name }
      const options = { tag: revisionReference(recipe.service, services, revision), labels, noCache }
      return [name, await buildByEngine(this.#docker, recipe, context, options, ctx)] as const
    })
    // All has been read: while the engine builds there is time to look whether it was touched until then.
    const from = sure(inputs)
    from.catch(() => {})
    try {
      return { images: Object.fromEntries(await Promise.all(built)), from }
    } catch (thrown) {
      others.abort(thrown)
      // None of them prints any more when it is said why, or when compose begins.
      await Promise.allSettled(built)
      if (!(thrown instanceof BuildError)) throw thrown
      await output(`failed to solve: ${stripControl(thrown.message)}`)
      const exit = /exit code: (\d+)$/.exec(thrown.message)?.[1] ?? 1
      throw Failure.of('build_failed', { revision: revision.slice(0, 7), exit: Number(exit) }, thrown)
    }
  }
}

function known(inputs: BuildInputs): inputs is DirectBuildInputs {
  return 'recipes' in inputs
}

/** Their digest; null where others have changed them since, so that what was changed may be in the image or not. */
async function sure(inputs: BuildInputs | null): Promise<string | null> {
  return inputs && (await inputs.isUnchanged()) ? inputs.digest : null
}

function builtOf({ services }: ComposeProject): Service[] {
  return services.filter(({ isBuilt }) => isBuilt)
}

/** Null, said to whom it may concern, where compose may do what the engine refused, or what could not be told to it. */
async function refused(thrown: unknown, { output }: StepContext): Promise<null> {
  if (!(thrown instanceof UncertainInputs) && !(thrown instanceof Error && 'statusCode' in thrown)) throw thrown
  await output(`compose builds instead of the engine: ${stripControl(thrown.message)}`)
  return null
}
