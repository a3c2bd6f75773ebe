// Builds images: by the engine's API where that gives the same, else by compose.
import type Docker from 'dockerode'
import type { Build, Built, Images, Inputs, Plan, Service } from '../../interfaces/engine.ts'
import type { Hand } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import type { Compose } from '../compose/compose-cli.ts'
import { releaseName } from '../docker/image-name.ts'
import { imageId } from '../docker/images.ts'
import { plain } from '../host/output-lines.ts'
import { customized } from './direct/client-settings.ts'
import { contextTar } from './direct/context-tar.ts'
import { buildInputs, type KnownInputs } from './inputs/build-inputs.ts'
import type { Recipe } from './inputs/direct-recipe.ts'
import { Contents } from './inputs/file-hashes.ts'
import { Unknowable } from './inputs/uncertain-inputs.ts'

const serviceLabel = 'com.docker.compose.service'

export class ImageBuilder {
  readonly #docker: Docker
  readonly #compose: Pick<Compose, 'build'>
  readonly #home: string
  readonly #root: string
  readonly #contents = new Contents()

  /** @param home where Docker's clients look for what a person has told them. @param root the folder of the compose file. */
  constructor(docker: Docker, compose: Pick<Compose, 'build'>, home: string, root: string) {
    this.#docker = docker
    this.#compose = compose
    this.#home = home
    this.#root = root
  }

  async inputs(plan: Plan): Promise<Inputs | null> {
    return buildInputs(this.#docker, this.#contents, builtOf(plan))
  }

  async build(plan: Plan, revision: string, { anew, inputs }: Build, hand: Hand): Promise<Built> {
    const recipes = inputs && known(inputs) ? inputs.recipes() : null
    if (inputs && recipes && !(await customized(this.#home, this.#root))) {
      const built = await this.#directly(plan, recipes, { revision, anew, inputs }, hand).catch((thrown) =>
        refused(thrown, hand),
      )
      if (built) return { images: built.images, inputs: await built.from }
    }
    const exit = await this.#compose.build(plan, (service) => releaseName(service, plan.services, revision), anew, hand)
    if (exit !== 0) throw Failure.of('build_failed', { revision: revision.slice(0, 7), exit })
    const images: Images = {}
    for (const service of builtOf(plan)) {
      const image = releaseName(service, plan.services, revision)
      const id = await imageId(this.#docker, image)
      if (!id) throw Failure.of('image_missing', { image })
      images[service.name] = id
    }
    return { images, inputs: await sure(inputs) }
  }

  async #directly(
    { marks, services }: Plan,
    recipes: Recipe[],
    { revision, anew, inputs }: { revision: string; anew: boolean; inputs: Inputs },
    { signal, out }: Hand,
  ): Promise<{ images: Images; from: Promise<string | null> }> {
    // Loaded when it is needed: most starts of the agent come without a deploy.
    const { BuildError, directBuild } = await import('./direct/engine-build.ts')
    const others = new AbortController()
    const hand = { out, signal: AbortSignal.any([signal, others.signal]) }
    const packed = await Promise.all(
      recipes.map(async (recipe) => ({ recipe, context: await contextTar(recipe.root, recipe.paths) })),
    )
    const built = packed.map(async ({ recipe, context }) => {
      const { name } = recipe.service
      const labels = { ...marks, [serviceLabel]: name }
      const how = { name: releaseName(recipe.service, services, revision), labels, anew }
      return [name, await directBuild(this.#docker, recipe, context, how, hand)] as const
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
      await out(`failed to solve: ${plain(thrown.message)}`)
      const exit = /exit code: (\d+)$/.exec(thrown.message)?.[1] ?? 1
      throw Failure.of('build_failed', { revision: revision.slice(0, 7), exit: Number(exit) }, thrown)
    }
  }
}

function known(inputs: Inputs): inputs is KnownInputs {
  return 'recipes' in inputs
}

/** Their digest; null where others have changed them since, so that what was changed may be in the image or not. */
async function sure(inputs: Inputs | null): Promise<string | null> {
  return inputs && (await inputs.untouched()) ? inputs.digest : null
}

function builtOf({ services }: Plan): Service[] {
  return services.filter(({ built }) => built)
}

/** Null, said to whom it may concern, where compose may do what the engine refused, or what could not be told to it. */
async function refused(thrown: unknown, { out }: Hand): Promise<null> {
  if (!(thrown instanceof Unknowable) && !(thrown instanceof Error && 'statusCode' in thrown)) throw thrown
  await out(`compose builds instead of the engine: ${plain(thrown.message)}`)
  return null
}
