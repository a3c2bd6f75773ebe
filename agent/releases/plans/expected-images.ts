// Foretells the images that a deploy of a revision would use, without building one.
import { hash } from 'node:crypto'
import type { ReleaseRecords } from '../../interfaces/deploy-store.ts'
import type { ComposeProject } from '../../interfaces/engine/compose-project.ts'
import type { BuildInputs, ImageIds, Images } from '../../interfaces/engine/images.ts'
import type { ExpectedImages } from '../../interfaces/engine/planner.ts'

export interface ExpectedImagesDeps {
  images: Pick<Images, 'buildInputs' | 'hasImages'>
  store: Pick<ReleaseRecords, 'liveDeploy' | 'imagesOf' | 'findReusable'>
  /** The inputs from which the images of the live release were built; null if they are not known. */
  liveInputs: BuildInputs | null
}

/** @param root a folder that stands for `/` and holds the files of the revision. */
export async function expectImages(
  project: ComposeProject,
  root: string,
  deps: ExpectedImagesDeps,
): Promise<ExpectedImages> {
  const inputs = await deps.images.buildInputs(project, root)
  const reused = inputs && (await findReusableImages(inputs.digest, deps))
  const known = reused ?? (inputs && findUnchangedImages(inputs, deps))
  const ids: ImageIds = {}
  const uncertain = new Set<string>()
  for (const { name, builtBy } of project.services) {
    if (builtBy === null) continue
    ids[name] = known?.[builtBy] ?? standInId(builtBy)
    if (!known) uncertain.add(name)
  }
  return { ids, uncertain }
}

async function findReusableImages(digest: string, { images, store }: ExpectedImagesDeps): Promise<ImageIds | null> {
  for (const build of store.findReusable(digest)) if (await images.hasImages(build.images)) return build.images
  return null
}

/** Returns the live images of the services whose inputs are those of the live release; null if these are not known. */
function findUnchangedImages(inputs: BuildInputs, { store, liveInputs: before }: ExpectedImagesDeps): ImageIds | null {
  const live = store.liveDeploy()
  const images = live && store.imagesOf(live.id)
  // Files that git does not track may have changed since the live images were built.
  const isOfLive = before && store.findReusable(before.digest).some((build) => equalsImages(build.images, images ?? {}))
  if (!images || !isOfLive) return null
  return Object.fromEntries(
    Object.entries(images).filter(([service]) => inputs.digests[service] === before.digests[service]),
  )
}

function equalsImages(a: ImageIds, b: ImageIds): boolean {
  const names = Object.keys({ ...a, ...b })
  return names.every((name) => a[name] === b[name])
}

function standInId(service: string): string {
  return `sha256:${hash('sha256', `image to be built for ${service}`)}`
}
