// Images by Docker's API: which are there, what they are called, and which names go.
import type Docker from 'dockerode'
import type { ComposeProject } from '../../interfaces/engine/compose-project.ts'
import type { ImageIds } from '../../interfaces/engine/images.ts'
import { familiarName, repositoryOf, revisionReference, revisionsFromTags, tagOf } from './image-name.ts'

/** What is asked of the engine to forget images; dockerode's Docker is one. */
export interface ImageRemover {
  listImages(): Promise<{ RepoTags?: string[] | null | undefined }[]>
  getImage(name: string): { remove(): Promise<unknown> }
}

export async function findImageId(docker: Docker, name: string): Promise<string | null> {
  return docker
    .getImage(name)
    .inspect()
    .then(({ Id }) => Id, ignoreNotFound)
}

export async function hasImages(docker: Docker, images: ImageIds): Promise<boolean> {
  const found = await Promise.all(Object.values(images).map((id) => findImageId(docker, id)))
  return found.length > 0 && found.every((id) => id !== null)
}

/** Gives images a further name: the one that the compose file uses, or that of a revision. A disk without room refuses even to
 * write down again what is so already, so that it is not asked to. */
export async function tagImages(
  docker: Docker,
  { services }: ComposeProject,
  images: ImageIds,
  revision?: string,
): Promise<void> {
  for (const service of services) {
    const id = images[service.name]
    const further = revision ? revisionReference(service, services, revision) : service.image
    const full = { repo: repositoryOf(further), tag: tagOf(further) }
    if (id && (await findImageId(docker, `${full.repo}:${full.tag}`)) !== id) await docker.getImage(id).tag(full)
  }
}

/**
 * Takes away the tags of these revisions; what a container uses or another tag names stays. Gives how many went.
 * Looks for them, since what an image of a revision is called may have been another name then.
 */
export async function removeTags(
  docker: ImageRemover,
  { services }: ComposeProject,
  revisions: string[],
): Promise<number> {
  if (revisions.length === 0) return 0
  const ours = services.filter(({ isBuilt }) => isBuilt).map(({ image }) => familiarName(repositoryOf(image)))
  const names = (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? [])
  let gone = 0
  for (const name of names) {
    if (!ours.includes(repositoryOf(name)) || !revisionsFromTags([name]).some((one) => revisions.includes(one)))
      continue
    if (await docker.getImage(name).remove().catch(inUse)) gone++
  }
  return gone
}

export function ignoreNotFound(thrown: unknown): null {
  if (thrown instanceof Error && 'statusCode' in thrown && thrown.statusCode === 404) return null
  throw thrown
}

/** Docker refuses to remove what a container runs from. */
function inUse(thrown: unknown): null {
  if (thrown instanceof Error && 'statusCode' in thrown && thrown.statusCode === 409) return null
  return ignoreNotFound(thrown)
}
