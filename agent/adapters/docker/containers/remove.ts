// Removes containers and networks that may be gone already.
import type Docker from 'dockerode'
import { ignoreNotFound } from '../images.ts'

/** Docker refuses to remove a network in use with 403, and with 409 a container whose removal is in progress. */
const refusedCodes = new Set<unknown>([403, 409])

export async function removeContainer(
  docker: Docker,
  { id, withVolumes }: { id: string; withVolumes: boolean },
): Promise<void> {
  await docker.getContainer(id).remove({ force: true, v: withVolumes }).catch(ignoreRefusal).catch(ignoreNotFound)
}

export async function removeNetwork(docker: Docker, name: string): Promise<void> {
  await docker.getNetwork(name).remove().catch(ignoreRefusal).catch(ignoreNotFound)
}

function ignoreRefusal(thrown: unknown): void {
  if (!(thrown instanceof Error && 'statusCode' in thrown && refusedCodes.has(thrown.statusCode))) throw thrown
}
