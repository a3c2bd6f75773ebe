// Lets the image references of the compose file name the images that they named before a deploy.
import type { PreviousState } from '../interfaces/deploy-store.ts'
import type { ComposeProject } from '../interfaces/engine/compose-project.ts'
import type { ImageNames, Images } from '../interfaces/engine/images.ts'
import { waitForAbort, withTimeLimit } from '../interfaces/time-limit.ts'
import { Failure } from '../protocol/failure.ts'
import { restoreStep } from '../protocol/steps.ts'

type NameEngine = Pick<Images, 'restoreNames' | 'tagCurrent'>

/** Seconds that the engine may take outside of a step. */
const limitSeconds = 15

/** Outside of a step nothing else ends the wait for an engine that does not answer. @throws too_slow. */
export async function withinSeconds(outer: AbortSignal, act: (signal: AbortSignal) => Promise<void>): Promise<void> {
  using limit = withTimeLimit(restoreStep, limitSeconds, outer)
  const timeOver = waitForAbort(limit.signal).then((reason) => Promise.reject(reason))
  await Promise.race([act(limit.signal), timeOver])
}

export async function restoreNamesInTime(
  names: ImageNames,
  engine: Pick<Images, 'restoreNames'>,
  signal: AbortSignal,
): Promise<void> {
  if (Object.keys(names).length > 0) await withinSeconds(signal, () => engine.restoreNames(names))
}

/**
 * Lets the references of the compose file name the images that they named before. If these are not all recorded, it
 * moves the names of built images: somebody may have pulled others meanwhile.
 * @throws names_moved.
 */
export async function restoreImageNames(
  project: ComposeProject | null,
  { names = {}, images }: PreviousState,
  { images: engine, wasInterrupted }: { images: NameEngine; wasInterrupted: boolean },
): Promise<void> {
  await engine.restoreNames(names)
  // An attempt that the agent's death cut off may have moved names before it recorded them.
  if (!project || (Object.keys(names).length > 0 && !wasInterrupted)) return
  const services = project.services.filter(({ isBuilt }) => isBuilt)
  await engine.tagCurrent({ ...project, services }, images, {}).catch((thrown: unknown) => {
    const { code, reason } = Failure.from(thrown)
    // The containers run without the name; to create one that is gone fails by itself.
    if (code === 'image_missing') return
    if (code !== 'disk_full') throw thrown
    throw Failure.of('names_moved', { names: services.map(({ image }) => image), reason }, thrown)
  })
}
