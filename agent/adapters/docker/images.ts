// Finds, tags and untags images through Docker's API.
import type Docker from 'dockerode'
import type { ComposeProject } from '../../interfaces/engine/compose-project.ts'
import type { ImageIds } from '../../interfaces/engine/images.ts'
import { Failure } from '../../protocol/failure.ts'
import {
  canonicalName,
  familiarName,
  repositoryOf,
  revisionReference,
  revisionsFromTags,
  tagOf,
} from '../compose/image-name.ts'

/** The part of dockerode's Docker that `removeTags` needs. */
export interface ImageRemover {
  listImages(): Promise<{ RepoTags?: string[] | null | undefined }[]>
  getImage(name: string): { remove(options?: { abortSignal?: AbortSignal }): Promise<unknown> }
}

export async function findImageId(docker: Docker, name: string): Promise<string | null> {
  return docker
    .getImage(name)
    .inspect()
    .then(({ Id }) => Id, ignoreNotFound)
}

export async function hasImages(docker: Docker, images: ImageIds): Promise<boolean> {
  const ids = await Promise.all(Object.values(images).map((id) => findImageId(docker, id)))
  return ids.length > 0 && ids.every((id) => id !== null)
}

/** Lets the image references of the compose file name these images; a reference with a digest can name no other. */
export async function tagCurrent(docker: Docker, { services }: ComposeProject, images: ImageIds): Promise<void> {
  const idsByName = new Map(
    services.flatMap(({ name, image }) => {
      const id = images[name]
      return id && !image.includes('@') ? [[canonicalName(image), id] as const] : []
    }),
  )
  await Promise.all([...idsByName].map(([name, id]) => tagImage(docker, id, name)))
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
  await Promise.all([...idsByName].map(([name, id]) => tagImage(docker, id, name)))
}

/**
 * Lets a name refer to an image.
 * @throws image_missing if the image is gone.
 */
export async function tagImage(docker: Docker, id: string, name: string): Promise<void> {
  // Skip a tag that is right already: on a full disk Docker refuses to write even the same tag again.
  if ((await findImageId(docker, name)) === id) return
  const tag = { repo: repositoryOf(name), tag: tagOf(name) }
  const isTagged = docker
    .getImage(id)
    .tag(tag)
    .then(() => true, ignoreNotFound)
  if (!(await isTagged)) throw Failure.of('image_missing', { image: name })
}

/**
 * Removes the tags of revisions. An image that a container uses keeps its tag. Returns the number of removed tags.
 * Searches all of the images, since the compose file may have named a revision's image differently.
 */
export async function removeTags(
  docker: ImageRemover,
  { services }: ComposeProject,
  revisions: string[],
  signal?: AbortSignal,
): Promise<number> {
  if (revisions.length === 0) return 0
  const builtRepositories = services
    .filter(({ isBuilt }) => isBuilt)
    .map(({ image }) => familiarName(repositoryOf(image)))
  const names = (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? [])
  let removed = 0
  for (const name of names) {
    if (!builtRepositories.includes(repositoryOf(name))) continue
    if (!revisionsFromTags([name]).some((revision) => revisions.includes(revision))) continue
    const options = signal && { abortSignal: signal }
    if (await docker.getImage(name).remove(options).catch(ignoreInUse)) removed++
  }
  return removed
}

export function ignoreNotFound(thrown: unknown): null {
  if (thrown instanceof Error && 'statusCode' in thrown && thrown.statusCode === 404) return null
  throw thrown
}

/** Ignores the answer 409 of Docker to the removal of an image that a container uses. */
function ignoreInUse(thrown: unknown): null {
  if (thrown instanceof Error && 'statusCode' in thrown && thrown.statusCode === 409) return null
  return ignoreNotFound(thrown)
}
