// Builds a project's images: by the engine's build API if the result is the same as compose's, else by compose.

import type Docker from 'dockerode'
import type { ComposeProject, Service } from '../../interfaces/engine/compose-project.ts'
import type { BuildInputs, BuildOptions, BuildResult, ImageIds } from '../../interfaces/engine/images.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import type { ComposeCli } from '../compose/compose-cli.ts'
import { revisionReference } from '../compose/image-name.ts'
import { stripControl } from '../host/output-lines.ts'
import { buildByCompose } from './compose-build.ts'
import { hasClientBuildSettings } from './direct/client-settings.ts'
import { packContext } from './direct/context-tar.ts'
import { type DirectBuildInputs, readBuildInputs } from './inputs/build-inputs.ts'
import type { DirectRecipe } from './inputs/direct-recipe.ts'
import { FileHashes } from './inputs/file-hashes.ts'
import { UncertainInputs } from './inputs/uncertain-inputs.ts'

/** Compose's label with the name of the service for which an image was built. */
const serviceLabel = 'com.docker.compose.service'

interface DirectBuildResult {
  images: ImageIds
  /** Resolves with null if the inputs changed before the engine had all of them. */
  inputsDigest: Promise<string | null>
}

export class ImageBuilder {
  readonly #docker: Docker
  readonly #compose: Pick<ComposeCli, 'build'>
  readonly #home: string
  readonly #envFiles: string[]
  readonly #fileHashes = new FileHashes()

  /**
   * @param home the folder with the settings of Docker's clients.
   * @param envFiles files from which compose takes variables.
   */
  constructor(docker: Docker, compose: Pick<ComposeCli, 'build'>, home: string, envFiles: string[]) {
    this.#docker = docker
    this.#compose = compose
    this.#home = home
    this.#envFiles = envFiles
  }

  /** @param root a folder that stands for `/`. */
  async readInputs(project: ComposeProject, root = ''): Promise<BuildInputs | null> {
    return readBuildInputs(this.#docker, this.#fileHashes, builtServices(project), root)
  }

  async build(
    project: ComposeProject,
    revision: string,
    { noCache, inputs }: BuildOptions,
    ctx: StepContext,
  ): Promise<BuildResult> {
    const recipes = inputs && hasRecipes(inputs) ? inputs.recipes() : null
    if (inputs && recipes && !(await hasClientBuildSettings(this.#home, this.#envFiles))) {
      const direct = this.#buildDirectly(project, recipes, { revision, noCache, inputs }, ctx)
      const result = await direct.catch((thrown) => noteFallback(thrown, ctx))
      if (result) return { images: result.images, inputsDigest: await result.inputsDigest }
    }
    const images = await buildByCompose(
      this.#docker,
      this.#compose,
      { project, services: builtServices(project), revision, noCache },
      ctx,
    )
    return { images, inputsDigest: await digestIfUnchanged(inputs) }
  }

  async #buildDirectly(
    project: ComposeProject,
    recipes: DirectRecipe[],
    { revision, noCache, inputs }: { revision: string; noCache: boolean; inputs: BuildInputs },
    { signal, output }: StepContext,
  ): Promise<DirectBuildResult> {
    // Imported only for a build: most starts of the agent come without a deploy.
    const { BuildError, buildByEngine } = await import('./direct/engine-build.ts')
    const firstFailure = new AbortController()
    const failed: string[] = []
    const ctx = { output, signal: AbortSignal.any([signal, firstFailure.signal]) }
    const packed = await Promise.all(
      recipes.map(async (recipe) => ({ recipe, context: await packContext(recipe.contextFolder, recipe.paths) })),
    )
    let stepCount = 0
    const takeStepNumber = () => ++stepCount
    const builds = packed.map(async ({ recipe, context }) => {
      const { name } = recipe.service
      const labels = { ...project.labels, [serviceLabel]: name }
      const options = { tag: revisionReference(recipe.service.image, revision), labels, noCache, takeStepNumber }
      const build = buildByEngine(this.#docker, recipe, context, options, ctx)
      // Once a build has failed, the others end with the same error.
      build.catch(() => {
        if (!firstFailure.signal.aborted) failed.push(name)
      })
      return [name, await build] as const
    })
    // The contexts are in memory now: check for changes while the engine builds.
    const inputsDigest = digestIfUnchanged(inputs)
    inputsDigest.catch(() => {})
    try {
      return { images: Object.fromEntries(await Promise.all(builds)), inputsDigest }
    } catch (thrown) {
      firstFailure.abort(thrown)
      // Wait until no other build prints: the reason is the last line, and compose may print next.
      await Promise.allSettled(builds)
      if (!(thrown instanceof BuildError)) throw thrown
      const reason = stripControl(thrown.message)
      await output(`failed to solve: ${reason}`)
      const exit = /exit code: (\d+)$/.exec(thrown.message)?.[1] ?? 1
      const details = { revision, services: failed.toSorted(), exit: Number(exit), reason }
      throw Failure.of('build_failed', details, thrown)
    }
  }
}

function hasRecipes(inputs: BuildInputs): inputs is DirectBuildInputs {
  return 'recipes' in inputs
}

/** Null if a file changed since the digest was made: the image may hold the file before or after the change. */
async function digestIfUnchanged(inputs: BuildInputs | null): Promise<string | null> {
  return inputs && (await inputs.isUnchanged()) ? inputs.digest : null
}

function builtServices({ services }: ComposeProject): Service[] {
  return services.filter(({ isBuilt }) => isBuilt)
}

/** Logs why compose builds instead; other errors are thrown again, since compose would meet them as well. */
async function noteFallback(thrown: unknown, { output }: StepContext): Promise<null> {
  if (!(thrown instanceof UncertainInputs) && !(thrown instanceof Error && 'statusCode' in thrown)) throw thrown
  await output(`compose builds instead of the engine: ${stripControl(thrown.message)}`)
  return null
}
