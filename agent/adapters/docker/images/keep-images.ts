// Protects images from `docker image prune -a`, which removes every image that no container uses: each gets a container
// that is never started. `docker container prune` and `docker system prune` remove such containers.
import type Docker from 'dockerode'
import type { ImageInspectInfo } from 'dockerode'
import { findImage, ignoreInUse, ignoreNotFound, isAnswer } from '../images.ts'

/** Label of the containers, with the agent's work tree: each agent changes only its own. */
export const keeperLabel = 'bpt-deployer.keeps-image-for'

/** Compose's labels, which containers take over from an image: by them compose would count a container to its project. */
const projectLabel = 'com.docker.compose.project'
const otherProject = 'bpt-deployer-kept-images'

/** No image has this program: somebody who starts the container sees only a failure. */
const entrypoint = '/kept-by-bpt-deployer'

/** Protects those of these images that no other container uses, and no others; ignores images that are gone. */
export async function keepImages(
  docker: Docker,
  workTree: string,
  imageIds: string[],
  abortSignal: AbortSignal,
): Promise<void> {
  const containers = await docker.listContainers({ all: true, abortSignal })
  const keepers = containers.filter(({ Labels }) => Labels[keeperLabel] === workTree)
  const usedIds = containers.filter(({ Labels }) => !(keeperLabel in Labels)).map(({ ImageID }) => ImageID)
  const idsToKeep = imageIds.filter((id) => !usedIds.includes(id))
  for (const { Id, ImageID } of keepers) {
    if (idsToKeep.includes(ImageID)) continue
    await docker.getContainer(Id).remove({ force: true, abortSignal }).catch(ignoreNotFound)
    if (!imageIds.includes(ImageID)) await removeNameless(docker, ImageID, abortSignal)
  }
  for (const id of idsToKeep) {
    if (keepers.some(({ ImageID }) => ImageID === id)) continue
    const image = await findImage(docker, id)
    if (image) await createKeeper(docker, workTree, image, abortSignal)
  }
}

async function createKeeper(
  docker: Docker,
  workTree: string,
  { Id, Config }: ImageInspectInfo,
  abortSignal: AbortSignal,
): Promise<void> {
  // Docker would create an anonymous volume for each folder that the image declares as one.
  const Tmpfs = Object.fromEntries(Object.keys(Config.Volumes ?? {}).map((path) => [path, '']))
  const name = `bpt-keeps-${Id.replace('sha256:', '').slice(0, 12)}`
  const options = {
    name,
    Image: Id,
    Entrypoint: [entrypoint],
    Labels: { [keeperLabel]: workTree, [projectLabel]: otherProject },
    Healthcheck: { Test: ['NONE'] },
    HostConfig: { NetworkMode: 'none', Tmpfs },
    abortSignal,
  }
  await docker.createContainer(options).catch((thrown: unknown) => {
    // 404: the image was removed meanwhile. 409: the keeper of another agent has the name, and protects the image.
    if (!isAnswer(thrown, 404) && !isAnswer(thrown, 409)) throw thrown
  })
}

/** Removes an image that compose built and that has lost its last name, for example by `docker image prune -a`. */
async function removeNameless(docker: Docker, id: string, abortSignal: AbortSignal): Promise<void> {
  const image = await findImage(docker, id)
  if (!image?.Config.Labels?.[projectLabel] || image.RepoTags.length > 0) return
  await docker.getImage(id).remove({ abortSignal }).catch(ignoreInUse)
}
