// The images of a revision: what is in stock is taken, else they are built.

import type { ReusableBuild } from '../interfaces/deploy-store.ts'
import type { ComposeProject } from '../interfaces/engine/compose-project.ts'
import type { ImageIds, Images } from '../interfaces/engine/images.ts'
import type { StepContext } from '../interfaces/step-context.ts'
import { shortHash } from '../protocol/deploy-text.ts'
import type { DiskSpace } from './disk-space.ts'

export interface ImageDeps {
  images: Images
  /** Images that this revision was built to, so that they need not be built again. */
  knownImages: ImageIds | null
  /** True when they are wanted from scratch, whatever is there. */
  noCache: boolean
  /** Deploys with images of the same build inputs, newest first. */
  findReusable(inputs: string): ReusableBuild[]
  /** Resolves when no removal of this revision's old images is left. */
  finishRemoval(revision: string, ctx: StepContext): Promise<void>
  /** Makes durable what is there now, and from which inputs where that is known. */
  saveImages(images: ImageIds, inputs: string | null): void
  diskSpace: DiskSpace
  /** Keeps how many bytes a build needed, for forecasts. */
  saveDiskUse(bytes: number): void
}

/** The images, tagged with the revision and recorded. */
export async function resolveImages(
  project: ComposeProject,
  revision: string,
  deps: ImageDeps,
  ctx: StepContext,
): Promise<ImageIds> {
  await deps.finishRemoval(revision, ctx)
  const { knownImages, noCache, saveImages, diskSpace, saveDiskUse } = deps
  if (knownImages && (await deps.images.hasImages(knownImages))) {
    await deps.images.tagRevision(project, knownImages, revision)
    ctx.remark('the image is there')
    return knownImages
  }
  const inputs = await deps.images.buildInputs(project)
  const reusable = inputs && !noCache ? await newestReusable(deps, inputs.digest) : null
  if (inputs && reusable) {
    await deps.images.tagRevision(project, reusable.images, revision)
    saveImages(reusable.images, inputs.digest)
    ctx.remark(`same sources as deploy ${reusable.deploy} (${shortHash(reusable.revision)}), its image is taken`)
    return reusable.images
  }
  const free = await diskSpace.freeBytes()
  const made = await deps.images.build(project, revision, { noCache, inputs }, ctx)
  saveImages(made.images, made.inputsDigest)
  saveDiskUse(Math.max(0, free - (await diskSpace.freeBytes())))
  return made.images
}

async function newestReusable({ images, findReusable }: ImageDeps, inputs: string): Promise<ReusableBuild | null> {
  for (const reusable of findReusable(inputs)) if (await images.hasImages(reusable.images)) return reusable
  return null
}
