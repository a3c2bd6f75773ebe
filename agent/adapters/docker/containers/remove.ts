// Removes containers and networks that may be gone already.
import type Docker from 'dockerode'
import { ignoreNotFound, isAnswer } from '../images.ts'

/** Resolves when the container and its name are gone, also if somebody else removes it at this moment. */
export async function removeContainer(
  docker: Docker,
  { id, withVolumes }: { id: string; withVolumes: boolean },
): Promise<void> {
  const container = docker.getContainer(id)
  try {
    await container.remove({ force: true, v: withVolumes })
  } catch (thrown) {
    if (!isAnswer(thrown, 409)) return void ignoreNotFound(thrown)
    await container.wait({ condition: 'removed' }).catch(ignoreNotFound)
  }
}

/** Ignores a network that a container uses. */
export async function removeNetwork(docker: Docker, name: string): Promise<void> {
  await docker
    .getNetwork(name)
    .remove()
    .catch((thrown: unknown) => isAnswer(thrown, 403) || ignoreNotFound(thrown))
}
