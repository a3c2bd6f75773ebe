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

/** Returns the reference in the one spelling that all its spellings share: `docker.io/library/shop` becomes `shop:latest`. */
export function canonicalName(image: string): string {
  const [, digest] = image.split('@')
  return `${familiarName(repositoryOf(image))}${digest ? `@${digest}` : `:${tagOf(image)}`}`
}

/** Returns the tag; `latest` if the reference has none. */
export function tagOf(image: string): string {
  const bare = image.split('@')[0] ?? image
  return bare.slice(repositoryOf(bare).length + 1) || 'latest'
}

/** Docker refuses longer tags. */
const maxTagLength = 128

/**
 * Returns the name of an image for a revision: `shop:<revision>`. A tag other than `latest` follows, so that images of
 * one repository differ, and so that the tag can be removed with its release: `shop:<revision>-1.2` for `shop:1.2`.
 */
export function revisionReference(image: string, revision: string): string {
  const tag = tagOf(image)
  const hasSuffix = tag !== 'latest' && revision.length + 1 + tag.length <= maxTagLength
  return `${repositoryOf(image)}:${revision}${hasSuffix ? `-${tag}` : ''}`
}

const revisionTag = /^([0-9a-f]{40}|[0-9a-f]{64})(?:-(.+)|\.[0-9a-f]{12})?$/

/** Finds the revisions in the tags of image references, as `revisionReference` and `replacedReference` write them. */
export function revisionsFromTags(images: string[]): string[] {
  return images.flatMap((image) => revisionTag.exec(tagOf(image))?.[1] ?? [])
}

/** Returns the name in the compose file for which `revisionReference` wrote this one; null for any other name. */
export function nameOfRelease(reference: string): string | null {
  const [whole, revision, tag] = revisionTag.exec(tagOf(reference)) ?? []
  const isReplaced = whole !== revision && tag === undefined
  return whole && !isReplaced ? `${repositoryOf(reference)}:${tag ?? 'latest'}` : null
}

/** Returns a name for an image of a revision that was built again: `shop:<revision>.<first digits of its id>`. */
export function replacedReference(image: string, revision: string, id: string): string {
  return `${repositoryOf(image)}:${revision}.${id.replace('sha256:', '').slice(0, 12)}`
}
