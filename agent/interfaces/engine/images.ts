// Builds, pulls, tags and removes the images of the services.
import type { StepContext } from '../step-context.ts'
import type { ComposeProject } from './compose-project.ts'

/** Service name to image id. */
export type ImageIds = Record<string, string>

/** Image reference to the id of the image that it names; null if it names none. */
export type ImageNames = Record<string, string | null>

export interface BuildInputs {
  /** Two builds with the same digest give the same image, as far as builds are reproducible. */
  digest: string
  /** A digest of the inputs of each service that is built. */
  digests: Record<string, string>
  /** True while no file of the inputs has changed since the digest was made. */
  isUnchanged(): Promise<boolean>
}

export interface BuildOptions {
  /** True for a build without the build cache. */
  noCache: boolean
  /** The result of `buildInputs`. */
  inputs: BuildInputs | null
}

export interface BuildResult {
  images: ImageIds
  /** The digest of the build's inputs; null if they may have changed during the build. */
  inputsDigest: string | null
}

export interface PulledImages {
  images: ImageIds
  /** The services whose images were pulled now. */
  pulled: string[]
}

export interface Images {
  /**
   * Returns the images of the services for which nothing in the project builds one; pulls those that are missing, and
   * those for which the compose file asks it. A name that referred to an image before still refers to that image.
   * @param wanted images that are used instead, if they exist.
   * @throws pull_failed.
   */
  pullImages(project: ComposeProject, wanted: ImageIds, ctx: StepContext): Promise<PulledImages>
  /**
   * The inputs from which the project's images would be built; null if they cannot be verified.
   * @param root a folder that stands for `/`, by default `/` itself.
   */
  buildInputs(project: ComposeProject, root?: string): Promise<BuildInputs | null>
  /** Builds the images of the services with a build section and tags them with the full revision only. */
  build(project: ComposeProject, revision: string, options: BuildOptions, ctx: StepContext): Promise<BuildResult>
  /** True while the engine has each of these images; false if there is none in the list. */
  hasImages(images: ImageIds): Promise<boolean>
  /** Tags the built images with a revision. */
  tagRevision(project: ComposeProject, images: ImageIds, revision: string): Promise<void>
  /**
   * Lets the image references of the compose file name these images.
   * @param before gets what each reference named, before the reference changes.
   */
  tagCurrent(project: ComposeProject, images: ImageIds, before: ImageNames): Promise<void>
  /**
   * Lets references name these images again; removes references that named none. Ignores images that are gone.
   * @throws names_moved if the engine refuses some of them; the others are restored.
   */
  restoreNames(names: ImageNames): Promise<void>
  /** Images of the containers of the built services as they run now. */
  runningImages(project: ComposeProject): Promise<ImageIds>
  /** Protects exactly these images from `docker image prune -a`, beside those that containers use. */
  keepImages(imageIds: string[], signal: AbortSignal): Promise<void>
  /** Removes the tags of these revisions, except from images that a container uses; returns the number removed. */
  removeTags(revisions: string[], signal?: AbortSignal): Promise<number>
  /** Shrinks the build cache to at most so many bytes. */
  trimBuildCache(bytes: number, signal?: AbortSignal): Promise<void>
}
