// Finds in Docker's event log that somebody has stopped a container, such as `docker compose down` by hand.
import { constants } from 'node:os'
import { text } from 'node:stream/consumers'
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'
import { ignoreNotFound } from './images.ts'

/** `docker compose down` and `docker rm --force` remove a container within this time after its end. */
const removalMs = 1_000

/**
 * Returns what somebody else did to a container that does not run; null if it runs, or ended by itself. Waits a moment
 * for the removal that may follow a stop, so that a later reader does not find the container.
 */
export async function findForeignAct(docker: Docker, id: string): Promise<'stopped' | 'removed' | null> {
  const info = await docker.getContainer(id).inspect().catch(ignoreNotFound)
  if (!info) return 'removed'
  if (info.State.Running || !(await gotStopSignal(docker, info))) return null
  const isRemoved = await docker
    .getContainer(id)
    .wait({ condition: 'removed', abortSignal: AbortSignal.timeout(removalMs) })
    .then(
      () => true,
      () => false,
    )
  return isRemoved ? 'removed' : 'stopped'
}

/** True if the container got its stop signal, or was killed, by a request to Docker since its last start. */
export async function gotStopSignal(docker: Docker, { Id, State, Config }: ContainerInspectInfo): Promise<boolean> {
  const { StopSignal = 'SIGTERM' }: typeof Config & { StopSignal?: string } = Config
  const signals = new Map<string, number>(Object.entries(constants.signals))
  const number = signals.get(StopSignal) ?? signals.get(`SIG${StopSignal}`) ?? StopSignal
  const since = Date.parse(State.StartedAt) / 1000
  const filters = JSON.stringify({ container: [Id], event: ['kill'] })
  const log = await text(await docker.getEvents({ since, until: Date.now() / 1000, filters }))
  return [number, constants.signals.SIGKILL].some((signal) => log.includes(`"signal":"${signal}"`))
}
