// Starts a container, and reports a refusal in Docker's own words.
import type Docker from 'dockerode'
import type { Service } from '../../interfaces/engine/compose-project.ts'
import type { StepContext } from '../../interfaces/step-context.ts'
import { Failure } from '../../protocol/failure.ts'
import { isAnswer } from './images.ts'
import { refusalMessage } from './refusal-message.ts'

/** Returns false if the container runs already. @throws up_failed. */
export async function startContainer(
  docker: Docker,
  id: string,
  { name }: Pick<Service, 'name'>,
  { signal }: StepContext,
): Promise<boolean> {
  try {
    await docker.getContainer(id).start({ abortSignal: signal })
    return true
  } catch (thrown) {
    signal.throwIfAborted()
    if (isAnswer(thrown, 304)) return false
    const reason = refusalMessage(thrown)
    throw reason === null ? thrown : Failure.of('up_failed', { services: name, reason }, thrown)
  }
}

/** Ignores the answer 304, which Docker gives if the container runs already (a restart policy) or has stopped
 * already. */
export function ignoreNotModified(thrown: unknown): void {
  if (!isAnswer(thrown, 304)) throw thrown
}
