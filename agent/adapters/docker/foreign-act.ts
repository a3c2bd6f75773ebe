// Finds in Docker's event log that somebody has stopped a container, such as `docker compose down` by hand.
import { constants } from 'node:os'
import { text } from 'node:stream/consumers'
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'
import { ignoreNotFound } from './images.ts'

/** `docker compose down` and `docker rm --force` remove a container within this time after its end. */
const removalMs = 1_000

/** The types of dockerode leave the signal out. */
type ConfigWithSignal = Partial<ContainerInspectInfo['Config']> & { StopSignal?: string | undefined }

/** The number of SIGRTMIN in glibc, signal(7). */
const SIGRTMIN = 34

/**
 * Returns what somebody else did to a container; null if it ended by itself. Waits a moment for the removal that may
 * follow a stop, so that a later reader does not find the container.
 * @param since milliseconds since 1970; since then the caller has not started the container.
 */
export async function findForeignAct(
  docker: Docker,
  id: string,
  since: number,
): Promise<'stopped' | 'removed' | 'restarted' | null> {
  const info = await docker.getContainer(id).inspect().catch(ignoreNotFound)
  if (!info) return 'removed'
  if (info.State.Running) return (await isRestarted(docker, info, since)) ? 'restarted' : null
  if (!(await gotStopSignal(docker, info))) return null
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
export async function gotStopSignal(docker: Docker, info: ContainerInspectInfo): Promise<boolean> {
  return (await readStops(docker, info)).at(-1) ?? false
}

/** True if a request to Docker has stopped the container and started it again, such as `docker restart`. */
async function isRestarted(docker: Docker, info: ContainerInspectInfo, since: number): Promise<boolean> {
  if (Date.parse(info.State.StartedAt) < since) return false
  return (await readStops(docker, info)).at(-2) ?? false
}

/** Returns for the time before the first start and after each start if a request to Docker ended the container in it. */
async function readStops(docker: Docker, { Id, Config }: ContainerInspectInfo): Promise<boolean[]> {
  // The order of the log tells more than its times: the clock may have jumped back since the start.
  const filters = JSON.stringify({ container: [Id], event: ['start', 'kill'] })
  const log = await text(await docker.getEvents({ since: 1, until: Date.now() / 1000, filters }))
  const signals = [stopSignalOf(Config), constants.signals.SIGKILL]
  return log.split('"Action":"start"').map((part) => signals.some((signal) => part.includes(`"signal":"${signal}"`)))
}

/** Returns the number of the signal by which Docker stops a container. */
export function stopSignalOf({ StopSignal = 'SIGTERM' }: ConfigWithSignal): number {
  const name = StopSignal.replace(/^SIG/, '')
  const [, realTime] = /^RTMIN(?:\+(\d+))?$/.exec(name) ?? []
  if (name.startsWith('RTMIN')) return SIGRTMIN + Number(realTime ?? 0)
  const signals = new Map<string, number>(Object.entries(constants.signals))
  return signals.get(`SIG${name}`) ?? Number(name)
}
