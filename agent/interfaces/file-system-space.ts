// Describes the free space of one file system; adapters/host/file-systems.ts reads it.

export interface FileSystemSpace {
  /** The directory by which the file system was asked for. */
  path: string
  freeBytes: number
  totalBytes: number
  /** Free inodes; null if the file system does not count them. */
  freeInodes: number | null
}
