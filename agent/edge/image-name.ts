// Parts of an image reference, as the distribution project's grammar has them.

/** The reference without tag and digest: `host:5000/bpt-server:latest` gives `host:5000/bpt-server`. */
export function repository(image: string): string {
  const bare = image.split('@')[0] ?? image
  const colon = bare.lastIndexOf(':')
  return colon > bare.lastIndexOf('/') ? bare.slice(0, colon) : bare
}

/** The tag, `latest` where there is none. */
export function tag(image: string): string {
  const bare = image.split('@')[0] ?? image
  return bare.slice(repository(bare).length + 1) || 'latest'
}
