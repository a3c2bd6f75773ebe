// Takes image references apart and writes those of revisions, by the grammar of
// https://github.com/distribution/reference.

/** Returns the reference without tag and digest: `host:5000/bpt-server:latest` becomes `host:5000/bpt-server`. */
export function repositoryOf(image: string): string {
  const bare = image.split('@')[0] ?? image
  const colon = bare.lastIndexOf(':')
  return colon > bare.lastIndexOf('/') ? bare.slice(0, colon) : bare
}

/** Returns the repository as Docker shows it: without the default registry and the default user `library`. */
export function familiarName(repository: string): string {
  return repository.replace(/^(?:(?:index\.)?docker\.io\/)?(?:library\/(?=[^/]+$))?/, '')
}

/** Returns the tag; `latest` if the reference has none. */
export function tagOf(image: string): string {
  const bare = image.split('@')[0] ?? image
  return bare.slice(repositoryOf(bare).length + 1) || 'latest'
}

/**
 * Returns the name of a service's image for a revision: `bpt-server:<revision>`. If several built services share a
 * repository under different tags, the tag follows: `shop:<revision>-web` for `shop:web`.
 */
export function revisionReference({ image }: NamedImage, services: NamedImage[], revision: string): string {
  const sharing = services.filter((service) => service.isBuilt && repositoryOf(service.image) === repositoryOf(image))
  const isOnlyTag = new Set(sharing.map((service) => tagOf(service.image))).size <= 1
  return `${repositoryOf(image)}:${revision}${isOnlyTag ? '' : `-${tagOf(image)}`}`
}

interface NamedImage {
  image: string
  isBuilt: boolean
}

/** Finds the revisions in the tags of image references, as `revisionReference` writes them. */
export function revisionsFromTags(images: string[]): string[] {
  return images.flatMap((image) => /^([0-9a-f]{40}|[0-9a-f]{64})(?:-.+)?$/.exec(tagOf(image))?.[1] ?? [])
}
