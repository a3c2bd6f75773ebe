// Gives a container another name and restart policy; both may be so already, by the life of an agent that died.
import type Docker from 'dockerode'
import type { ContainerInspectInfo, HostRestartPolicy } from 'dockerode'
import type { RestartPolicy } from '../../../interfaces/engine/compose-plan.ts'
import { Failure } from '../../../protocol/failure.ts'
import { ignoreNotFound, isAnswer } from '../images.ts'
import { refusalMessage } from '../refusal-message.ts'
import { nameOf, serviceOf } from './stack-snapshot.ts'

/**
 * Returns the inspection of the container before the change; null if it is gone.
 * @throws up_failed if Docker refuses, such as for a name that another container has.
 */
export async function renameContainer(
  docker: Docker,
  id: string,
  name: string,
  restartPolicy: RestartPolicy,
): Promise<ContainerInspectInfo | null> {
  const container = docker.getContainer(id)
  const info = await container.inspect().catch(ignoreNotFound)
  if (!info) return null
  try {
    if (!isSamePolicy(info.HostConfig.RestartPolicy, restartPolicy))
      await container.update({ RestartPolicy: { ...restartPolicy, Name: restartPolicy.Name || 'no' } })
    if (nameOf(info) !== name) await container.rename({ name })
  } catch (thrown) {
    if (isAnswer(thrown, 404)) return null
    const reason = refusalMessage(thrown)
    throw reason === null ? thrown : Failure.of('up_failed', { services: serviceOf(info), reason }, thrown)
  }
  return info
}

function isSamePolicy(current: HostRestartPolicy | undefined, wanted: RestartPolicy): boolean {
  const text = (policy?: HostRestartPolicy) => `${policy?.Name || 'no'} ${policy?.MaximumRetryCount ?? 0}`
  return text(current) === text(wanted)
}
