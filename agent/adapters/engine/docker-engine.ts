// Joins the parts of the engine: compose for reading the compose file, Docker's API for nearly all else.
import type Docker from 'dockerode'
import type { Engine } from '../../interfaces/engine/engine.ts'
import type { ImageBuilder } from '../build/image-builder.ts'
import type { ComposeCli } from '../compose/compose-cli.ts'
import { ContainerReplacer } from '../docker/replace-containers.ts'
import { StandbyContainers } from '../docker/standby-containers.ts'
import { createDockerContainerSwap } from './docker-container-swap.ts'
import { createDockerImages } from './docker-images.ts'
import { createDockerStack } from './docker-stack.ts'
import { connectEngine } from './engine-connection.ts'
import { reportDockerAway } from './report-docker-away.ts'

export interface DockerEngineDeps {
  docker: Docker
  compose: ComposeCli
  builder: ImageBuilder
  workTree: string
  /** The configured HTTP path whose answer shows that a service is ready (`swap.path`); null if there is none. */
  readinessPath(service: string): string | null
}

export function createDockerEngine({ docker, compose, builder, workTree, readinessPath }: DockerEngineDeps): Engine {
  const replacer = new ContainerReplacer(docker, compose)
  const standbys = new StandbyContainers(docker, compose)
  const { lastProject, ...stack } = createDockerStack({ docker, compose, replacer })
  let dataDirectory: string | null = null
  const engine: Engine = {
    ...stack,
    ...createDockerImages({ docker, compose, builder, workTree, replacer, lastProject }),
    ...createDockerContainerSwap({ docker, replacer, standbys, readinessPath }),
    connect: (signal) => connectEngine(docker, signal),

    async dataDirectory() {
      if (dataDirectory) return dataDirectory
      const { DockerRootDir = null }: { DockerRootDir?: string | null } = await docker.info()
      dataDirectory = DockerRootDir
      return dataDirectory
    },
  }
  return reportDockerAway(engine, () => docker.ping())
}
