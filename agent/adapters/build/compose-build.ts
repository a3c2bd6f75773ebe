// Builds a project's images by compose, each after the images that it is built from.
import type Docker from 'dockerode'
import type { ComposeProject, Service } from '../../interfaces/engine/compose-project.ts'
import type { ImageIds } from '../../interfaces/engine/images.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import type { ComposeCli } from '../compose/compose-cli.ts'
import { findBuildReason } from '../compose/compose-output.ts'
import { revisionReference } from '../compose/image-name.ts'
import { findImageId } from '../docker/images.ts'
import { FailedServices } from './failed-services.ts'
import { readBuildStages, type StagedBuild } from './inputs/sibling-images.ts'
import { assertFilesReadable } from './secrets/unreadable-files.ts'

/** The reason of a failed build is among its last lines, after an extract of the Dockerfile. */
const maxLastLines = 40

export interface ComposeBuild {
  project: ComposeProject
  /** The services with a build section. */
  services: Service[]
  revision: string
  noCache: boolean
}

/** @throws build_failed; unreadable; image_missing if the images are gone after the build. */
export async function buildByCompose(
  docker: Docker,
  compose: Pick<ComposeCli, 'build'>,
  { project, services, revision, noCache }: ComposeBuild,
  ctx: StepContext,
): Promise<ImageIds> {
  const createTarget = ({ service, siblings }: StagedBuild) => ({
    service: service.name,
    image: revisionReference(service.image, revision),
    contexts: Object.fromEntries(
      siblings.map(({ context, service: { image } }) => [
        context,
        `docker-image://${revisionReference(image, revision)}`,
      ]),
    ),
  })
  const readable = assertFilesReadable(services, ctx.signal)
  // It is awaited after the build, whose own failure says more.
  readable.catch(() => {})
  for (const stage of await readBuildStages(services)) {
    const failed = new FailedServices(stage.map(({ service }) => service.name))
    const lastLines: string[] = []
    const output = (line: string) => {
      failed.readLine(line)
      lastLines.push(line)
      if (lastLines.length > maxLastLines) lastLines.shift()
      return ctx.output(line)
    }
    const exit = await compose.build(project, stage.map(createTarget), noCache, { ...ctx, output })
    const reason = exit === 0 ? null : findBuildReason(lastLines)
    if (exit !== 0) throw Failure.of('build_failed', { revision, services: failed.list(), exit, reason })
  }
  await readable
  const images: ImageIds = {}
  for (const service of services) {
    const image = revisionReference(service.image, revision)
    const id = await findImageId(docker, image)
    if (!id) throw Failure.of('image_missing', { image })
    images[service.name] = id
  }
  return images
}
