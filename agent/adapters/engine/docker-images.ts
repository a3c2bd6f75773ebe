// Builds, pulls, tags and removes the images of the services in Docker.
import type Docker from 'dockerode'
import type { ComposeProject } from '../../interfaces/engine/compose-project.ts'
import type { Images } from '../../interfaces/engine/images.ts'
import type { ImageBuilder } from '../build/image-builder.ts'
import type { ComposeCli } from '../compose/compose-cli.ts'
import { keepImages } from '../docker/images/keep-images.ts'
import { findOrPullImages } from '../docker/images/pulled-images.ts'
import { removeTags } from '../docker/images/remove-tags.ts'
import { hasImages, keepReplacedImages, restoreNames, tagCurrent, tagRevision } from '../docker/images.ts'
import type { ContainerReplacer } from '../docker/replace-containers.ts'

export interface DockerImagesDeps {
  docker: Docker
  compose: ComposeCli
  builder: ImageBuilder
  workTree: string
  replacer: ContainerReplacer
  /** The project that was read last; null before the first deploy since the agent started. */
  lastProject(): ComposeProject | null
}

export function createDockerImages({
  docker,
  compose,
  builder,
  workTree,
  replacer,
  lastProject,
}: DockerImagesDeps): Images {
  return {
    buildInputs: (project, root) => builder.readInputs(project, root),
    async build(project, revision, options, ctx) {
      await keepReplacedImages(docker, project, revision)
      return builder.build(project, revision, options, ctx)
    },
    hasImages: (images) => hasImages(docker, images),
    pullImages: (project, wanted, ctx) => findOrPullImages(docker, compose.pull, project, wanted, ctx),
    tagRevision: (project, images, revision) => tagRevision(docker, project, images, revision),
    tagCurrent: (project, images) => tagCurrent(docker, project, images),
    restoreNames: (names) => restoreNames(docker, names),

    async runningImages(project) {
      const images = await Promise.all(
        project.services
          .filter(({ isBuilt }) => isBuilt)
          .map(async (service) => ({ service, image: (await replacer.findContainers(service))[0]?.ImageID })),
      )
      return Object.fromEntries(images.flatMap(({ service, image }) => (image ? [[service.name, image]] : [])))
    },

    keepImages: (imageIds, signal) => keepImages(docker, workTree, imageIds, signal),

    async removeTags(revisions, signal = new AbortController().signal) {
      const project = lastProject() ?? (await compose.readProject({ signal }))
      return removeTags(docker, project, revisions, signal)
    },

    trimBuildCache: (bytes, signal) => compose.trimBuildCache(bytes, signal),
  }
}
