// Reads the compose project, starts and removes its services on this server, and waits for their health.
import type { ContainerStatus } from '../../protocol/messages.ts'
import type { RevisionTree } from '../repository.ts'
import type { StepContext } from '../step-context.ts'
import type { ComposeProject, Service } from './compose-project.ts'

export interface Stack {
  /** Reads and checks the compose file in the work tree. */
  readProject(ctx: Pick<StepContext, 'signal'>): Promise<ComposeProject>
  /** Reads and checks the compose file of another revision; the result has the paths of the work tree. */
  readProjectOfTree(tree: RevisionTree, ctx: Pick<StepContext, 'signal'>): Promise<ComposeProject>
  /** Refuses ports that the project newly publishes and that another program has taken. */
  checkPorts(project: ComposeProject): Promise<void>
  /** Creates the external networks that are missing; returns their names. */
  createNetworks(project: ComposeProject): Promise<string[]>
  /** Makes these services run as the compose file says, and no others; builds nothing. */
  startServices(services: Service[], ctx: StepContext): Promise<void>
  /** Removes the containers of these services and the image references of the built ones. */
  removeServices(services: Service[], ctx: StepContext): Promise<void>
  /** Resolves with each container's state in words when all are healthy; notes the last lines of a container that is
   * not, and rejects. */
  waitUntilHealthy(services: Service[], ctx: StepContext): Promise<string>
  /** The stack's containers for people; does not read the compose file again. */
  listContainers(): Promise<ContainerStatus[]>
}
