// Opens the engine of this server, with compose for the compose file of the repository.
import { basename, dirname, join } from 'node:path'
import Docker from 'dockerode'
import type { Engine } from '../../interfaces/engine/engine.ts'
import { ImageBuilder } from '../build/image-builder.ts'
import { createComposeCli } from '../compose/compose-cli.ts'
import { createDockerEngine, type DockerEngineDeps } from './docker-engine.ts'

export interface DockerEngineOptions extends Pick<DockerEngineDeps, 'readinessPath'> {
  /** The work tree of the repository. */
  repository: string
  /** The compose file, relative to the repository; undefined for the names that compose looks for. */
  composeFile: string | undefined
  /** A folder for temporary files. */
  scratch: string
  /** The environment of child processes. */
  env: NodeJS.ProcessEnv & { HOME: string }
}

export function openDockerEngine(options: DockerEngineOptions): Engine {
  const { repository, composeFile, scratch, env, readinessPath } = options
  // As in compose itself, paths in the compose file are relative to its own folder.
  const composeFolder = join(repository, dirname(composeFile ?? '.'))
  const docker = new Docker()
  const compose = createComposeCli({ composeFolder, file: composeFile && basename(composeFile), scratch, env })
  const builder = new ImageBuilder(docker, compose, env.HOME, composeFolder)
  return createDockerEngine({ docker, compose, builder, readinessPath })
}
