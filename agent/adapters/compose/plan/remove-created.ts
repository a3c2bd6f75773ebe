// Removes what was created for a plan, and no more.
import type Docker from 'dockerode'
import type { ComposePlan } from '../../../interfaces/engine/compose-plan.ts'

export async function removeCreated(
  docker: Docker,
  { created, networks, volumes }: Pick<ComposePlan, 'networks' | 'volumes'> & { created: { id: string }[] },
): Promise<void> {
  await Promise.all(
    created.map(({ id }) => docker.getContainer(id).remove({ force: true, v: true }).catch(ignoreMissing)),
  )
  // Networks and volumes stay if another container uses them meanwhile.
  await Promise.all([
    ...networks.map((name) => docker.getNetwork(name).remove().catch(ignoreInUse)),
    ...volumes.map((name) => docker.getVolume(name).remove().catch(ignoreInUse)),
  ])
}

export function ignoreMissing(thrown: unknown): null {
  return ignoreStatus([404], thrown)
}

/** Docker answers 403 for a network with containers, 409 for a volume that a container uses. */
function ignoreInUse(thrown: unknown): null {
  return ignoreStatus([403, 404, 409], thrown)
}

function ignoreStatus(statuses: number[], thrown: unknown): null {
  if (thrown instanceof Error && 'statusCode' in thrown && statuses.includes(Number(thrown.statusCode))) return null
  throw thrown
}
