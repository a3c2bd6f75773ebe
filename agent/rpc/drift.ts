// Finds differences between the live release and the containers that run. Pure functions.
import { shortHash } from '../protocol/deploy-text.ts'
import type { ContainerStatus, Deploy } from '../protocol/messages.ts'

/** Writes one sentence for each difference, with the command that ends it. */
export function findDrift(live: Deploy | null, isRestorePending: boolean, containers: ContainerStatus[]): string[] {
  if (!live) return []
  const revision = shortHash(live.revision)
  const deployLive = `bptctl deploy ${revision}`
  const restore = `${revision} could not be put back, so that something else may run. It is tried again. At once: ${deployLive}`
  return [
    ...(isRestorePending ? [restore] : []),
    ...containers.flatMap(({ container, built, state, image, revisions }) => {
      if (state !== 'running')
        return `${container} is ${state}, though ${revision} is recorded as live. Start it: ${deployLive}`
      if (!built || revisions.includes(live.revision)) return []
      const other = revisions[0] ? shortHash(revisions[0]) : image
      return `${container} runs ${other}, not ${revision}. Put it right: ${deployLive}`
    }),
  ]
}
