// Parts of an image reference, as the distribution project's grammar has them.

/** The reference without tag and digest: `host:5000/bpt-server:latest` gives `host:5000/bpt-server`. */
export function repositoryOf(image: string): string {
  const bare = image.split('@')[0] ?? image
  const colon = bare.lastIndexOf(':')
  return colon > bare.lastIndexOf('/') ? bare.slice(0, colon) : bare
}

/** A repository as Docker shows it: without the registry and the user that it takes where none is named. */
export function familiarName(repository: string): string {
  return repository.replace(/^(?:(?:index\.)?docker\.io\/)?(?:library\/(?=[^/]+$))?/, '')
}

/** The tag, `latest` where there is none. */
export function tagOf(image: string): string {
  const bare = image.split('@')[0] ?? image
  return bare.slice(repositoryOf(bare).length + 1) || 'latest'
}

/**
 * What an image of a revision is called: `bpt-server:<revision>`; where several services that are built share a
 * repository, each has its own tag behind it, as in `context:<revision>-web` for `context:web`.
 */
export function revisionReference({ image }: NamedImage, services: NamedImage[], revision: string): string {
  const others = services.filter((one) => one.isBuilt && repositoryOf(one.image) === repositoryOf(image))
  const alone = new Set(others.map((one) => tagOf(one.image))).size <= 1
  return `${repositoryOf(image)}:${revision}${alone ? '' : `-${tagOf(image)}`}`
}

interface NamedImage {
  image: string
  isBuilt: boolean
}

/** The revisions that names of an image tell of. */
export function revisionsFromTags(names: string[]): string[] {
  return names.flatMap((name) => /^([0-9a-f]{40}|[0-9a-f]{64})(?:-.+)?$/.exec(tagOf(name))?.[1] ?? [])
}
