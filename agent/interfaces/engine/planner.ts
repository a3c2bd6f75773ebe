// Asks compose how it would change the project, and prepares that change without touching what runs.
import type { StepContext } from '../step-context.ts'
import type { ComposePlan, ServiceChange } from './compose-plan.ts'
import type { ComposeProject } from './compose-project.ts'
import type { ImageIds } from './images.ts'

export interface PlanOptions {
  /** Services whose containers are replaced although compose would leave them, each with the cause in words: files that
   * they use have changed. */
  recreate: ReadonlyMap<string, string>
}

export interface AskOptions extends PlanOptions {
  /** The images that the services will have; by default those to which their names refer now. */
  images?: ExpectedImages
}

export interface ExpectedImages {
  /** Image ids, or other texts for images that do not exist yet, by service. */
  ids: ImageIds
  /** Services with new images of which only a build shows if they differ. */
  uncertain: ReadonlySet<string>
}

/** The obstacle tells why only compose itself can make the change. */
export type AskedPlan = { changes: ServiceChange[] } | { obstacle: string }

export interface Planner {
  /**
   * Creates the containers that compose would create under temporary names (`NAME.bpt-next`), and the missing networks
   * and volumes. Starts, stops and removes nothing. The images of the compose file must exist.
   * @returns null if only compose itself can make the change; `note` tells why.
   * @throws plan_refused in the words of compose or the engine; everything that was created is removed again.
   */
  preparePlan(project: ComposeProject, options: PlanOptions, ctx: StepContext): Promise<ComposePlan | null>
  /** Removes the containers of a plan that was never carried out. */
  removePlanned(project: ComposeProject): Promise<void>
  /** Lists what compose would change now, and creates nothing. @throws plan_refused. */
  askPlan(project: ComposeProject, options: AskOptions, signal: AbortSignal): Promise<AskedPlan>
  /** Records the plan of the next deploy that changes only images, unless one is kept for the containers as they are. */
  keepPlan(project: ComposeProject, signal: AbortSignal): Promise<void>
  /** Lets compose itself make the change (`docker compose up`); builds and pulls nothing. @throws up_failed. */
  composeUp(project: ComposeProject, options: PlanOptions, ctx: StepContext): Promise<void>
}
