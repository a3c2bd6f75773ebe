// Finds, tags and untags images through Docker's API.
import type Docker from 'dockerode'
import type { ComposeProject } from '../../interfaces/engine/compose-project.ts'
import type { ImageIds } from '../../interfaces/engine/images.ts'
import { familiarName, repositoryOf, revisionReference, revisionsFromTags, tagOf } from './image-name.ts'

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

/** Tags images with the names in the compose file or, if a revision is given, with the names of that revision. */
export async function tagImages(
  docker: Docker,
  { services }: ComposeProject,
  images: ImageIds,
  revision?: string,
): Promise<void> {
  for (const service of services) {
    const id = images[service.name]
    const name = revision ? revisionReference(service, services, revision) : service.image
    const tag = { repo: repositoryOf(name), tag: tagOf(name) }
    // Skip a tag that is right already: on a full disk Docker refuses to write even the same tag again.
    if (id && (await findImageId(docker, `${tag.repo}:${tag.tag}`)) !== id) await docker.getImage(id).tag(tag)
  }
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
