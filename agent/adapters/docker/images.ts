// Finds and tags images through Docker's API.
import type Docker from 'dockerode'
import type { ImageInspectInfo } from 'dockerode'
import type { ComposeProject } from '../../interfaces/engine/compose-project.ts'
import type { ImageIds, ImageNames } from '../../interfaces/engine/images.ts'
import { Failure } from '../../protocol/failure.ts'
import { canonicalName, replacedReference, repositoryOf, revisionReference, tagOf } from '../compose/image-name.ts'
import { refusalMessage } from './refusal-message.ts'

export function findImage(docker: Docker, name: string): Promise<ImageInspectInfo | null> {
  return docker.getImage(name).inspect().catch(ignoreUnknownImage)
}

/** Returns null for an image that is not there. @throws compose_invalid for a name that no image can have. */
export function ignoreUnknownImage(thrown: unknown): null {
  const reason = isAnswer(thrown, 400) ? refusalMessage(thrown) : null
  if (reason !== null) throw Failure.of('compose_invalid', { reason }, thrown)
  return ignoreNotFound(thrown)
}

export async function findImageId(docker: Docker, name: string): Promise<string | null> {
  return (await findImage(docker, name))?.Id ?? null
}

export async function hasImages(docker: Docker, images: ImageIds): Promise<boolean> {
  const ids = await Promise.all(Object.values(images).map((id) => findImageId(docker, id)))
  return ids.length > 0 && ids.every((id) => id !== null)
}

/**
 * Lets the image references of the compose file name these images; a reference with a digest can name no other.
 * @param before gets what each reference named, before the reference changes.
 */
export async function tagCurrent(
  docker: Docker,
  { services }: ComposeProject,
  images: ImageIds,
  before: ImageNames,
): Promise<void> {
  const idsByName = new Map(
    services.flatMap(({ name, image }) => {
      const id = images[name]
      return id && !image.includes('@') ? [[canonicalName(image), id] as const] : []
    }),
  )
  await Promise.all(
    [...idsByName].map(async ([name, id]) => {
      const named = await findImageId(docker, name)
      // Skip a tag that is right already: on a full disk Docker refuses to write even the same tag again.
      if (named === id) return
      if (before[name] === undefined) before[name] = named
      await tagImage(docker, id, name)
    }),
  )
}

/** Returns the names that the engine refuses to move, for example on a full disk; the others are restored. */
export async function restoreNames(docker: Docker, names: ImageNames): Promise<{ name: string; refusal: Error }[]> {
  const refused = Object.entries(names).map(async ([name, id]) => {
    try {
      if (id === null) await docker.getImage(name).remove({ noprune: true }).catch(ignoreInUse)
      else if ((await findImageId(docker, name)) !== id) await tagImage(docker, id, name).catch(ignoreMissingImage)
      return []
    } catch (thrown) {
      if (!(thrown instanceof Error && 'statusCode' in thrown)) throw thrown
      return [{ name, refusal: thrown }]
    }
  })
  return (await Promise.all(refused)).flat()
}

/** Tags the built images with a revision. */
export async function tagRevision(
  docker: Docker,
  { services }: ComposeProject,
  images: ImageIds,
  revision: string,
): Promise<void> {
  const idsByName = new Map(
    services.flatMap(({ name, isBuilt, image }) => {
      const id = images[name]
      return id && isBuilt ? [[canonicalName(revisionReference(image, revision)), id] as const] : []
    }),
  )
  await Promise.all(
    [...idsByName].map(async ([name, id]) => {
      if ((await findImageId(docker, name)) !== id) await tagImage(docker, id, name)
    }),
  )
}

/** Gives images of a revision that is built again another name, by which they are removed with the new ones. */
export async function keepReplacedImages(
  docker: Docker,
  { services }: ComposeProject,
  revision: string,
): Promise<void> {
  await Promise.all(
    services
      .filter(({ isBuilt }) => isBuilt)
      .map(async ({ image }) => {
        const id = await findImageId(docker, revisionReference(image, revision))
        if (id) await tagImage(docker, id, replacedReference(image, revision, id))
      }),
  )
}

/**
 * Lets a name refer to an image.
 * @throws image_missing if the image is gone.
 */
async function tagImage(docker: Docker, id: string, name: string): Promise<void> {
  const tag = { repo: repositoryOf(name), tag: tagOf(name) }
  const isTagged = docker
    .getImage(id)
    .tag(tag)
    .then(() => true, ignoreNotFound)
  if (!(await isTagged)) throw Failure.of('image_missing', { image: name })
}

export function ignoreNotFound(thrown: unknown): null {
  if (isAnswer(thrown, 404)) return null
  throw thrown
}

/** True if Docker has answered with this status. */
export function isAnswer(thrown: unknown, statusCode: number): boolean {
  return thrown instanceof Error && 'statusCode' in thrown && thrown.statusCode === statusCode
}

/** Ignores the answer 409 of Docker to the removal of an image that a container uses. */
export function ignoreInUse(thrown: unknown): null {
  if (isAnswer(thrown, 409)) return null
  return ignoreNotFound(thrown)
}

function ignoreMissingImage(thrown: unknown): void {
  if (!(thrown instanceof Failure && thrown.code === 'image_missing')) throw thrown
}
