// Finds the images of a revision: those built before, those of a deploy with the same build inputs, or new ones; images
// that nothing builds are found or pulled.
import { isDeepStrictEqual } from 'node:util'
import type { ReusableBuild } from '../interfaces/deploy-store.ts'
import type { ComposeProject } from '../interfaces/engine/compose-project.ts'
import type { BuildResult, ImageIds, Images } from '../interfaces/engine/images.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { Failure } from '../protocol/failure.ts'
import { buildAgainText, builtText, imagesExistText, imagesText, reusedImageText } from '../protocol/step-text.ts'
import type { DiskSpace } from './disk-space.ts'

export interface ImageDeps {
  images: Images
  /** The recorded images of this deploy, of an interrupted attempt or of the release to roll back to. */
  knownImages: ImageIds | null
  /** The live release with its images, if they are recorded. */
  live: { images: ImageIds | null } | null
  /** True if an earlier deploy could not be undone: names of images may still be those that it moved. */
  isRestorePending: boolean
  /** True for a build without the build cache and without reusable builds. */
  noCache: boolean
  /** Deploys with images of the same build inputs, newest first. */
  findReusable(inputsDigest: string): ReusableBuild[]
  /** Resolves when no removal of this revision's old images is left. */
  finishRemoval(revision: string, ctx: StepContext): Promise<void>
  /** Records the images, and the digest of their build inputs if it is known; durable when it returns. */
  saveImages(images: ImageIds, inputsDigest: string | null): void
  diskSpace: Pick<DiskSpace, 'freeBytes'>
  /** Records the bytes that a build needed, for forecasts. */
  saveDiskUse(bytes: number): void
  /** The median duration of the step in the last deploys; null before the first. */
  usualBuildMs(): number | null
}

interface BuiltImages {
  images: ImageIds
  inputsDigest: string | null
  /** Null if the project builds nothing. */
  remark: string | null
}

/** Returns the image of each service; those that were built are tagged with the revision, and all are recorded. */
export async function resolveImages(
  project: ComposeProject,
  revision: string,
  deps: ImageDeps,
  ctx: StepContext,
): Promise<ImageIds> {
  await deps.finishRemoval(revision, ctx)
  const pulled = await deps.images.pullImages(project, findWantedImages(deps), ctx)
  const built = await resolveBuiltImages(project, revision, deps, ctx)
  const images = { ...pulled.images, ...shareImages(project, built.images) }
  if (!isDeepStrictEqual(images, deps.knownImages)) deps.saveImages(images, built.inputsDigest)
  ctx.remark(imagesText(built.remark, pulled.pulled))
  return images
}

/**
 * Finds the images of services that nothing builds and whose names may refer to other images by now: those that
 * changed with a deploy. A name that somebody moved since, without a deploy, keeps its new image.
 */
function findWantedImages({ knownImages, live, isRestorePending }: ImageDeps): ImageIds {
  if (isRestorePending) return knownImages ?? {}
  const changed = Object.entries(knownImages ?? {}).filter(([service, id]) => live?.images?.[service] !== id)
  return Object.fromEntries(changed)
}

async function resolveBuiltImages(
  project: ComposeProject,
  revision: string,
  deps: ImageDeps,
  ctx: StepContext,
): Promise<BuiltImages> {
  const { noCache, images } = deps
  const known = selectBuilt(project, deps.knownImages ?? {})
  if (!project.services.some(({ isBuilt }) => isBuilt)) return { images: {}, inputsDigest: null, remark: null }
  if (known && (await images.hasImages(known))) {
    await images.tagRevision(project, known, revision)
    return { images: known, inputsDigest: null, remark: imagesExistText }
  }
  const inputs = await images.buildInputs(project)
  const reusable = inputs && !noCache ? await findNewestReusable(project, deps, inputs.digest) : null
  if (inputs && reusable) {
    await images.tagRevision(project, reusable.images, revision)
    return { images: reusable.images, inputsDigest: inputs.digest, remark: reusedImageText(reusable) }
  }
  const freeBefore = await deps.diskSpace.freeBytes()
  const result = await buildTwiceIfRemoved(() => images.build(project, revision, { noCache, inputs }, ctx), images, ctx)
  deps.saveDiskUse(Math.max(0, freeBefore - (await deps.diskSpace.freeBytes())))
  return { ...result, remark: builtText(Object.keys(result.images), deps.usualBuildMs()) }
}

/** Builds a second time if the images are gone at once: `docker image prune -a` may have run at that moment. */
async function buildTwiceIfRemoved(
  build: () => Promise<BuildResult>,
  images: Pick<Images, 'hasImages'>,
  { note }: StepContext,
): Promise<BuildResult> {
  try {
    const result = await build()
    if (await images.hasImages(result.images)) return result
  } catch (thrown) {
    if (!(thrown instanceof Failure && thrown.code === 'image_missing')) throw thrown
  }
  await note(buildAgainText)
  return build()
}

/** Returns the images of the services with a build section; null if one of them is unknown. */
function selectBuilt({ services }: ComposeProject, images: ImageIds): ImageIds | null {
  const entries = services.filter(({ isBuilt }) => isBuilt).map(({ name }) => [name, images[name]] as const)
  return entries.every(([, id]) => id) ? Object.fromEntries(entries as [string, string][]) : null
}

/** Gives services that use an image of another service's build section the same image. */
function shareImages({ services }: ComposeProject, built: ImageIds): ImageIds {
  return Object.fromEntries(
    services.flatMap(({ name, builtBy }) => {
      const id = built[builtBy ?? '']
      return id ? [[name, id] as const] : []
    }),
  )
}

async function findNewestReusable(
  project: ComposeProject,
  { images, findReusable }: ImageDeps,
  inputsDigest: string,
): Promise<ReusableBuild | null> {
  for (const reusable of findReusable(inputsDigest)) {
    const built = selectBuilt(project, reusable.images)
    if (built && (await images.hasImages(built))) return { ...reusable, images: built }
  }
  return null
}
