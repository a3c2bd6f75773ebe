// Reads the compose project, and prepares the server for it.
import type { Failure } from '../../protocol/failure.ts'
import type { ContainerStatus } from '../../protocol/messages.ts'
import type { RevisionTree } from '../repository.ts'
import type { StepContext } from '../step-context.ts'
import type { ComposeProject } from './compose-project.ts'

export type ListedContainer = ContainerStatus & {
  /** Null if there is no container. */
  imageId: string | null
}

export interface Stack {
  /** Reads and checks the compose file in the work tree. */
  readProject(ctx: Pick<StepContext, 'signal'>): Promise<ComposeProject>
  /** Returns the project of the compose file as it is now, if it was read before; never asks compose. */
  findProject(): Promise<ComposeProject | null>
  /** Reads and checks the compose file of another revision; the result has the paths of the work tree. */
  readProjectOfTree(tree: RevisionTree, ctx: Pick<StepContext, 'signal'>): Promise<ComposeProject>
  /** Refuses ports that the project newly publishes and that another program has taken. */
  checkPorts(project: ComposeProject): Promise<void>
  /** Creates the external networks that are missing; returns their names. */
  createNetworks(project: ComposeProject): Promise<string[]>
  /** The name of the compose project; null before the first push. */
  findProjectName(): Promise<string | null>
  /** The stack's containers for people; does not read the compose file again. */
  listContainers(): Promise<ListedContainer[]>
  /** Returns the failure of a program that deploys need and that the agent's user does not have; null if none is missing. */
  missingPlugin(): Promise<Failure | null>
}
