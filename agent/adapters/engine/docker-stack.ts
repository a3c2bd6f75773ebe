// Reads the compose project, and prepares the server for it.
import type Docker from 'dockerode'
import type { ComposeProject } from '../../interfaces/engine/compose-project.ts'
import type { Stack } from '../../interfaces/engine/stack.ts'
import { Failure } from '../../protocol/failure.ts'
import type { ComposeCli } from '../compose/compose-cli.ts'
import { findMissingPlugin } from '../compose/inputs/compose-tools.ts'
import { listContainers } from '../docker/container-status.ts'
import { assertPortsFree } from '../docker/port-conflicts.ts'
import { assertSecretsUsable } from './secret-files.ts'

export interface DockerStackDeps {
  docker: Docker
  compose: ComposeCli
  /** The environment of docker. */
  env: NodeJS.ProcessEnv
}

export interface DockerStack extends Stack {
  /** The project that was read last; null before the first deploy since the agent started. */
  lastProject(): ComposeProject | null
}

export function createDockerStack({ docker, compose, env }: DockerStackDeps): DockerStack {
  let lastProject: ComposeProject | null = null
  return {
    lastProject: () => lastProject,

    async readProject(ctx) {
      const project = await compose.readProject(ctx)
      await assertComplete(project, '/')
      lastProject = project
      return project
    },

    findProject: () => compose.findProject(),

    async readProjectOfTree({ root }, ctx) {
      const project = await compose.readProjectOfTree(root, ctx)
      await assertComplete(project, root)
      return project
    },

    checkPorts: (project) => assertPortsFree(docker, project),

    async createNetworks(project) {
      const existing = new Set((await docker.listNetworks()).map(({ Name }) => Name))
      const missing = project.networks.filter((name) => !existing.has(name))
      for (const name of missing)
        await docker.createNetwork({ Name: name, Driver: 'bridge', CheckDuplicate: true }).catch((thrown: unknown) => {
          throw Failure.of('network_failed', { network: name, reason: String(thrown) }, thrown)
        })
      return missing
    },

    findProjectName: () => compose.projectName().catch(ignoreMissingFile),

    missingPlugin: async () => (await findMissingPlugin('compose', env)) ?? findMissingPlugin('buildx', env),

    async listContainers() {
      const name = await compose.projectName().catch(ignoreMissingFile)
      return name === null ? [] : listContainers(docker, name, (await compose.findProject()) ?? lastProject)
    },
  }
}

/** Before the first push there is no compose file. */
function ignoreMissingFile(thrown: unknown): null {
  if (thrown instanceof Failure && thrown.code === 'compose_missing') return null
  throw thrown
}

/** @param root a folder that stands for `/`. @throws nothing_to_deploy, secret_missing, secret_unusable. */
async function assertComplete({ services, secrets }: ComposeProject, root: string): Promise<void> {
  if (services.length === 0) throw Failure.of('nothing_to_deploy', {})
  await assertSecretsUsable(secrets, root)
}
