// Removes the names that releases gave to their images.
import type { ComposeProject } from '../../../interfaces/engine/compose-project.ts'
import {
  canonicalName,
  familiarName,
  nameOfRelease,
  repositoryOf,
  revisionsFromTags,
} from '../../compose/image-name.ts'
import { ignoreInUse } from '../images.ts'

/** The part of dockerode's Docker that this file needs. */
export interface ImageRemover {
  listImages(): Promise<ListedImage[]>
  getImage(name: string): { remove(options?: { abortSignal?: AbortSignal }): Promise<unknown> }
}

export interface ListedImage {
  RepoTags?: string[] | null | undefined
  Labels?: Record<string, string> | null | undefined
}

/**
 * Removes the tags of revisions, and the names that the compose file had for these images and has for none any more. An
 * image that a container uses keeps its last tag. Returns the number of removed tags.
 */
export async function removeTags(
  docker: ImageRemover,
  project: Pick<ComposeProject, 'name' | 'services'>,
  revisions: string[],
  signal?: AbortSignal,
): Promise<number> {
  if (revisions.length === 0) return 0
  const names = (await docker.listImages()).flatMap((image) => findRemovable(image, project, revisions))
  let removed = 0
  for (const name of names) {
    const options = signal && { abortSignal: signal }
    if (await docker.getImage(name).remove(options).catch(ignoreInUse)) removed++
  }
  return removed
}

function findRemovable(
  { RepoTags, Labels }: ListedImage,
  { name: projectName, services }: Pick<ComposeProject, 'name' | 'services'>,
  revisions: string[],
): string[] {
  const tags = RepoTags ?? []
  const builtRepositories = services
    .filter(({ isBuilt }) => isBuilt)
    .map(({ image }) => familiarName(repositoryOf(image)))
  const ofRevisions = tags.filter((tag) => revisionsFromTags([tag]).some((revision) => revisions.includes(revision)))
  const known = ofRevisions.filter((tag) => builtRepositories.includes(repositoryOf(tag)))
  // The compose file of that time may have had another repository; a tag beside one of ours is somebody's own.
  const isOurs = Labels?.['com.docker.compose.project'] === projectName
  const expired = known.length === 0 && isOurs ? ofRevisions : known
  const keptNames = [
    ...services.map(({ image }) => canonicalName(image)),
    ...tags.filter((tag) => !expired.includes(tag)).map(nameOfRelease),
  ]
  const releaseNames = expired.flatMap((tag) => nameOfRelease(tag) ?? [])
  return [...new Set(releaseNames.filter((name) => tags.includes(name) && !keptNames.includes(name))), ...expired]
}
