// Joins the parts of the engine: compose for reading the compose file and for plans, Docker's API for nearly all else.
import type Docker from 'dockerode'
import type { Engine } from '../../interfaces/engine/engine.ts'
import type { ImageBuilder } from '../build/image-builder.ts'
import type { ComposeCli } from '../compose/compose-cli.ts'
import type { ComposeInputs } from '../compose/inputs/compose-command.ts'
import { createPlanner } from '../compose/plan/planner.ts'
import { createDockerAddressHolder } from '../docker/addresses/docker-address-holder.ts'
import { createContainers } from '../docker/containers/containers.ts'
import type { ReadinessSettings } from '../docker/containers/wait-for-container.ts'
import { createContainerObserver } from '../docker/watch/container-observer.ts'
import { createDockerImages } from './docker-images.ts'
import { createDockerStack } from './docker-stack.ts'
import { connectEngine } from './engine-connection.ts'
import { reportDockerAway } from './report-docker-away.ts'

export interface DockerEngineDeps {
  docker: Docker
  compose: ComposeCli
  builder: ImageBuilder
  workTree: string
  inputs: ComposeInputs
  /**
   * The settings of a service about readiness.
   * @param isReleased true if `swap.path`, which is not for databases and the like, applies to the service.
   */
  readiness(service: string, isReleased: boolean): ReturnType<ReadinessSettings['readiness']>
}

export function createDockerEngine({
  docker,
  compose,
  builder,
  workTree,
  inputs,
  readiness,
}: DockerEngineDeps): Engine {
  const { lastProject, ...stack } = createDockerStack({ docker, compose, env: inputs.env })
  const isReleased = (service: string) =>
    lastProject()?.services.find(({ name }) => name === service)?.isReleased ?? true
  const settings: ReadinessSettings = { readiness: (service) => readiness(service, isReleased(service)) }
  let dataDirectory: string | null = null
  const engine: Engine = {
    ...stack,
    ...createDockerImages({ docker, compose, builder, workTree, lastProject }),
    ...createPlanner({ docker, inputs, inputsOf: compose.inputsOf }),
    ...createContainers({ docker, ...settings }),
    ...createContainerObserver({ docker, projectName: () => compose.projectName(), ...settings }),
    ...createDockerAddressHolder(docker),
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
