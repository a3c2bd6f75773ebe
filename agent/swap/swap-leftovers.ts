// Ends what the swap of an earlier deploy has left: replaced containers that could not be removed.
import { previousSuffix } from '../interfaces/engine/compose-plan.ts'
import type { Containers } from '../interfaces/engine/containers.ts'
import { noRestart } from './stack-change.ts'

/**
 * Removes a replaced container whose successor is there; one without a successor gets its name back. Returns the services
 * of the latter: compose would leave them, although they have lost their restart policy. Null if nothing was left.
 */
export async function endSwapLeftovers(
  project: string,
  containers: Pick<Containers, 'listCurrent' | 'remove' | 'rename'>,
): Promise<string[] | null> {
  const current = await containers.listCurrent(project)
  const aside = current.filter(({ name }) => name.endsWith(previousSuffix))
  if (aside.length === 0) return null
  const names = new Set(current.map(({ name }) => name))
  const permanentName = (name: string) => name.slice(0, -previousSuffix.length)
  const replaced = aside.filter(({ name }) => names.has(permanentName(name)))
  await containers.remove(replaced.map(({ id }) => ({ id, withVolumes: false })))
  const alone = aside.filter((container) => !replaced.includes(container))
  for (const { id, name } of alone) await containers.rename(id, permanentName(name), noRestart)
  return alone.map(({ service }) => service)
}
