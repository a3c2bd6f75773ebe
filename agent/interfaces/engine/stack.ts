// Reads the compose project, starts and removes its services on this server, and waits for their health.
import type { ContainerStatus } from '../../protocol/messages.ts'
import type { StepContext } from '../step-context.ts'
import type { ComposeProject, Service } from './compose-project.ts'

export interface Stack {
  /** Reads and checks the compose file in the work tree. */
  readProject(ctx: StepContext): Promise<ComposeProject>
  /** Refuses ports that the project newly publishes and that another program has taken. */
  checkPorts(project: ComposeProject): Promise<void>
  /** Creates the external networks that are missing; gives their names. */
  createNetworks(project: ComposeProject): Promise<string[]>
  /** Makes these services run as the compose file says, and no others; builds nothing. */
  startServices(services: Service[], ctx: StepContext): Promise<void>
  /** Removes the containers of these services and the image references of the built ones. */
  removeServices(services: Service[], ctx: StepContext): Promise<void>
  /** Resolves when all are healthy, with each container's state in words; a failure holds the container's last lines. */
  waitUntilHealthy(services: Service[], ctx: StepContext): Promise<string>
  /** The stack's containers for people; answers at once. */
  listContainers(): Promise<ContainerStatus[]>
}
