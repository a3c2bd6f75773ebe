// Starts the supporting services: those that the swap does not replace, such as a database.
import { type ComposeProject, supportingServices } from '../interfaces/engine/compose-project.ts'
import type { Stack } from '../interfaces/engine/stack.ts'
import type { StepContext } from '../interfaces/step-context.ts'

/** Starts the supporting services and waits until they are healthy; returns their states in words. */
export async function startSupporting(project: ComposeProject, stack: Stack, ctx: StepContext): Promise<string> {
  const services = supportingServices(project)
  if (services.length === 0) return 'none'
  await stack.startServices(services, ctx)
  return stack.waitUntilHealthy(services, ctx)
}
