// Identifies the images from which others are built.
import { ignoreNotFound } from '../../docker/images.ts'
import { UncertainInputs } from './uncertain-inputs.ts'

/** The part of dockerode's Docker that this file needs. */
export interface ImageInspector {
  getImage(name: string): { inspect(): Promise<BaseImage> }
  info(): Promise<{ DriverStatus?: [string, string][] }>
}

interface BaseImage {
  Id: string
  Config: { OnBuild?: unknown[] | null }
  GraphDriver?: { Name: string } | null
}

/** @throws UncertainInputs for an image that the builder would pull: the registry may have a newer one each time. */
export async function readBaseImageId(docker: ImageInspector, name: string): Promise<string> {
  const image = await docker.getImage(name).inspect().catch(ignoreNotFound)
  if (!image) throw new UncertainInputs(`the image ${name} is not there`)
  if ((image.Config.OnBuild ?? []).length > 0) throw new UncertainInputs(`the image ${name} has ONBUILD instructions`)
  // The driver overlay2 is never containerd's, and `info` takes the engine five times as long as all other calls.
  if (image.GraphDriver?.Name !== 'overlay2') await assertNoContainerdStore(docker)
  return image.Id
}

/** Refuses containerd's image store: a builder then asks the registry first, even for an image that exists locally. */
async function assertNoContainerdStore(docker: ImageInspector): Promise<void> {
  const { DriverStatus = [] } = await docker.info()
  if (DriverStatus.some(([, value]) => value.startsWith('io.containerd.')))
    throw new UncertainInputs("containerd's image store")
}
