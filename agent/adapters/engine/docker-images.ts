// Builds, pulls, tags and removes the images of the services in Docker.
import type Docker from 'dockerode'
import type { ComposeProject } from '../../interfaces/engine/compose-project.ts'
import type { Images } from '../../interfaces/engine/images.ts'
import { Failure } from '../../protocol/failure.ts'
import type { ImageBuilder } from '../build/image-builder.ts'
import { noteCopiedSecrets } from '../build/secrets/note-copied-secrets.ts'
import type { ComposeCli } from '../compose/compose-cli.ts'
import { keepImages } from '../docker/images/keep-images.ts'
import { findOrPullImages } from '../docker/images/pulled-images.ts'
import { removeTags } from '../docker/images/remove-tags.ts'
import { hasImages, keepReplacedImages, restoreNames, tagCurrent, tagRevision } from '../docker/images.ts'
import { refusalMessage } from '../docker/refusal-message.ts'
import { hasTemporaryName, listStackContainers, serviceName } from '../docker/stack-containers.ts'

export interface DockerImagesDeps {
  docker: Docker
  compose: ComposeCli
  builder: ImageBuilder
  workTree: string
  /** The project that was read last; null before the first deploy since the agent started. */
  lastProject(): ComposeProject | null
}

export function createDockerImages({ docker, compose, builder, workTree, lastProject }: DockerImagesDeps): Images {
  return {
    buildInputs: (project, root) => builder.readInputs(project, root),
    async build(project, revision, options, ctx) {
      await keepReplacedImages(docker, project, revision)
      const noted = noteCopiedSecrets(project, workTree, ctx)
      const [result] = await Promise.all([builder.build(project, revision, options, ctx), noted])
      return result
    },
    hasImages: (images) => hasImages(docker, images),
    pullImages: (project, wanted, ctx) => findOrPullImages(docker, compose.pull, project, wanted, ctx),
    tagRevision: (project, images, revision) => tagRevision(docker, project, images, revision),
    tagCurrent: (project, images, before) => tagCurrent(docker, project, images, before),
    async restoreNames(names) {
      const refused = await restoreNames(docker, names)
      const [first] = refused
      if (!first) return
      const details = {
        names: refused.map(({ name }) => name).toSorted(),
        reason: refusalMessage(first.refusal) ?? first.refusal.message,
      }
      throw Failure.of('names_moved', details, first.refusal)
    },

    async runningImages(project) {
      const containers = await listStackContainers(docker, project.name)
      const inPlace = containers.filter((container) => !hasTemporaryName(container))
      const built = project.services.filter(({ isBuilt }) => isBuilt)
      return Object.fromEntries(
        built.flatMap(({ name }) => {
          const container = inPlace.find((other) => serviceName(other) === name)
          return container ? [[name, container.ImageID]] : []
        }),
      )
    },

    keepImages: (imageIds, signal) => keepImages(docker, workTree, imageIds, signal),

    async removeTags(revisions, signal = new AbortController().signal) {
      const project = lastProject() ?? (await compose.readProject({ signal }))
      return removeTags(docker, project, revisions, signal)
    },

    trimBuildCache: (bytes, signal) => compose.trimBuildCache(bytes, signal),
  }
}
