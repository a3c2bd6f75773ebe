// Describes content that containers use although compose's configuration hash does not cover it: mounted files, secrets,
// configs. adapters/git/content-reader.ts reads it.

export interface UsedContent {
  kind: 'mount' | 'secret' | 'config' | 'seccomp profile'
  /** The name of a secret or config in the compose file; otherwise the path as compose resolves it. */
  name: string
  /** The file or folder on this server, or the digest of a value of the compose file or its environment. */
  source: { path: string } | { digest: string }
}

/** A content at one time; a container that was created with another one has to be replaced. */
export interface ContentState {
  /** Path without symlinks, relative to the repository if it is inside; empty for a value and for the repository. */
  path: string
  /** Git's mode, type and id of tracked content, or a digest; empty if a change of it does not count. */
  digest: string
  /** Inode of a mounted folder: a container that mounts a removed folder does not see the one created in its place. */
  inode: string | null
}

/** Service name to the key of a content to its state. */
export type ContentStates = Record<string, Record<string, ContentState>>

export interface ContentReader {
  /**
   * Reads the states in the order of the list.
   * @param revision tracked content is read from this revision, all else from the disk.
   */
  readStates(contents: UsedContent[], revision: string, signal: AbortSignal): Promise<ContentState[]>
  /** Lists files that differ between two states of a tracked folder; empty if they cannot be listed. */
  listChangedFiles(before: ContentState, after: ContentState, signal: AbortSignal): Promise<string[]>
}

/** The contents that the live containers were created with. */
export interface ContentRecord {
  /** Null before the first release that was recorded. */
  contentStates(): ContentStates | null
  saveContentStates(states: ContentStates): void
}
