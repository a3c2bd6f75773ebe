// Copies the files that compose wrote into a container which is not started yet: secrets and configs whose content the
// compose file or a variable has.
import { dirname } from 'node:path/posix'
import type { Container, ContainerInspectInfo } from 'dockerode'

/** A path in which a container differs from its image. Docker Engine API, `GET /containers/{id}/changes` */
export interface PathChange {
  Path: string
  /** 0: modified, as are the folders above of another change; 1: added; 2: deleted. */
  Kind: number
}

export async function copyAddedFiles(from: Container, to: Container, info: ContainerInspectInfo): Promise<void> {
  const answer: unknown = await from.changes()
  // Without a change Docker answers `null`, of which dockerode makes a buffer.
  const changes: PathChange[] = Array.isArray(answer) ? answer : []
  const mounts = [...info.Mounts.map(({ Destination }) => Destination), ...Object.keys(info.HostConfig.Tmpfs ?? {})]
  for (const path of findPathsToCopy(changes, mounts))
    await to.putArchive(await from.getArchive({ path }), { path: dirname(path) })
}

/**
 * Finds the files, and the folders that were added with all below. Leaves out volumes and other mounts: an archive of
 * them has the content that both containers share, and to unpack it would write into the data of the app.
 */
export function findPathsToCopy(changes: PathChange[], mounts: string[]): string[] {
  const isBelow = (path: string, folder: string) => path.startsWith(`${folder.replace(/\/$/, '')}/`)
  const paths: string[] = []
  for (const { Path, Kind } of changes.toSorted((a, b) => (a.Path < b.Path ? -1 : 1))) {
    const isMounted = mounts.some((mount) => Path === mount || isBelow(Path, mount))
    const isCopied = paths.some((path) => isBelow(Path, path))
    const hasMount = mounts.some((mount) => isBelow(mount, Path))
    const isFolderOfChanges = Kind === 0 && changes.some((other) => isBelow(other.Path, Path))
    if (Kind !== 2 && !isMounted && !isCopied && !hasMount && !isFolderOfChanges) paths.push(Path)
  }
  return paths
}
