// Finds the images of a revision: those built before, those of a deploy with the same build inputs, or new ones.
import type { ReusableBuild } from '../interfaces/deploy-store.ts'
import type { ComposeProject } from '../interfaces/engine/compose-project.ts'
import type { ImageIds, Images } from '../interfaces/engine/images.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { builtText, imagesExistText, reusedImageText } from '../protocol/step-text.ts'
import type { DiskSpace } from './disk-space.ts'

export interface ImageDeps {
  images: Images
  /** The recorded images of this deploy, of an interrupted attempt or of the release to roll back to. */
  knownImages: ImageIds | null
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

/** Returns the images, tagged with the revision and recorded. */
export async function resolveImages(
  project: ComposeProject,
  revision: string,
  deps: ImageDeps,
  ctx: StepContext,
): Promise<ImageIds> {
  await deps.finishRemoval(revision, ctx)
  const { knownImages, noCache, saveImages } = deps
  if (knownImages && (await deps.images.hasImages(knownImages))) {
    await deps.images.tagRevision(project, knownImages, revision)
    ctx.remark(imagesExistText)
    return knownImages
  }
  const inputs = await deps.images.buildInputs(project)
  const reusable = inputs && !noCache ? await findNewestReusable(deps, inputs.digest) : null
  if (inputs && reusable) {
    await deps.images.tagRevision(project, reusable.images, revision)
    saveImages(reusable.images, inputs.digest)
    ctx.remark(reusedImageText(reusable))
    return reusable.images
  }
  const freeBefore = await deps.diskSpace.freeBytes()
  const { images, inputsDigest } = await deps.images.build(project, revision, { noCache, inputs }, ctx)
  saveImages(images, inputsDigest)
  deps.saveDiskUse(Math.max(0, freeBefore - (await deps.diskSpace.freeBytes())))
  ctx.remark(builtText(Object.keys(images), deps.usualBuildMs()))
  return images
}

async function findNewestReusable(
  { images, findReusable }: ImageDeps,
  inputsDigest: string,
): Promise<ReusableBuild | null> {
  for (const reusable of findReusable(inputsDigest)) if (await images.hasImages(reusable.images)) return reusable
  return null
}
