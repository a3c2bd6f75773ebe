// Opens the engine of this server, with compose for the compose file of the repository.
import { resolve } from 'node:path'
import Docker from 'dockerode'
import type { Engine } from '../../interfaces/engine/engine.ts'
import { ImageBuilder } from '../build/image-builder.ts'
import { createComposeCli } from '../compose/compose-cli.ts'
import { envFilesOf } from '../compose/inputs/compose-files.ts'
import { createDockerEngine, type DockerEngineDeps } from './docker-engine.ts'

export interface DockerEngineOptions extends Pick<DockerEngineDeps, 'readiness'> {
  /** The work tree of the repository. */
  repository: string
  /** The compose files, relative to the repository; empty if compose finds them itself. */
  composeFiles: readonly string[]
  /** A folder for temporary files. */
  scratch: string
  /** The environment of child processes. */
  env: NodeJS.ProcessEnv & { HOME: string }
}

export function openDockerEngine(options: DockerEngineOptions): Engine {
  const { composeFiles: files, scratch, env, readiness } = options
  const workTree = resolve(options.repository)
  const docker = new Docker()
  const inputs = { workTree, files, env }
  const compose = createComposeCli({ ...inputs, scratch })
  const builder = new ImageBuilder(docker, compose, env.HOME, envFilesOf(inputs))
  return createDockerEngine({ docker, compose, builder, workTree, inputs, readiness })
}
