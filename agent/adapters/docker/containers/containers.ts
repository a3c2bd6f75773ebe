// Changes and watches single containers through Docker's API.
import { setTimeout as after } from 'node:timers/promises'
import type Docker from 'dockerode'
import type { Containers, CurrentContainer } from '../../../interfaces/engine/containers.ts'
import { withTimeLimit } from '../../../interfaces/time-limit.ts'
import { dockerVerdictSeconds } from '../../health/own-health-check.ts'
import { waitUntilDisconnected } from '../../network/open-connections.ts'
import { OutputTails } from '../failures/output-tails.ts'
import { ignoreNotFound } from '../images.ts'
import { startContainer } from '../start-container.ts'
import { ContainerStopper } from './container-stopper.ts'
import { removeContainer, removeNetwork } from './remove.ts'
import { renameContainer } from './rename-container.ts'
import { listCurrentContainers, readSnapshot } from './stack-snapshot.ts'
import { removeStandbysOf, routesToStandby, startStandbyOf } from './standbys.ts'
import { healthCheckUse, type ReadinessSettings, waitForContainer } from './wait-for-container.ts'

export interface ContainersDeps extends ReadinessSettings {
  docker: Docker
}

export function createContainers({ docker, ...settings }: ContainersDeps): Containers {
  const stopper = new ContainerStopper(docker)
  const tails = new OutputTails(docker)

  async function drain(id: string, ports: number[], maxMs: number): Promise<void> {
    const info = await docker.getContainer(id).inspect().catch(ignoreNotFound)
    if (info?.State.Pid) await waitUntilDisconnected(info.State.Pid, ports, maxMs)
  }

  async function readCheckSeconds({ id, service }: Pick<CurrentContainer, 'id' | 'service'>): Promise<number> {
    const { isReadyByCheck } = healthCheckUse(settings, service)
    return isReadyByCheck ? dockerVerdictSeconds(await docker.getContainer(id).inspect()) : 0
  }

  return {
    snapshot: (project) => readSnapshot(docker, project),
    listCurrent: (project) => listCurrentContainers(docker, project, settings),

    async stop(ids, ctx) {
      await Promise.all(ids.map((id) => stopper.stop(id, ctx)))
    },

    async rename(id, name, restartPolicy) {
      const info = await renameContainer(docker, id, name, restartPolicy)
      if (info) tails.remember(info)
    },

    async start({ id, service }, ctx) {
      await tails.attach(id)
      if (await startContainer(docker, id, { name: service }, ctx)) return true
      // It runs, or it shuts down after a signal and is about to end.
      await stopper.endStopping(id).catch(ignoreNotFound)
      return startContainer(docker, id, { name: service }, ctx)
    },

    async remove(containers) {
      for (const { id } of containers) tails.release(id)
      await Promise.all(containers.map((container) => removeContainer(docker, container)))
    },

    async removeNetworks(names) {
      await Promise.all(names.map((name) => removeNetwork(docker, name)))
    },

    async waitFor(container, state, ctx) {
      const keptLines = (id: string) => tails.lastLines(id)
      const text = await waitForContainer(docker, { ...settings, keptLines }, container, state, ctx)
      if (state === 'proven') tails.release(container.id)
      return text
    },

    async startStandby(planned, readySeconds, ctx) {
      const standby = await startStandbyOf(docker, planned, ctx)
      if (standby === null) return []
      const checkSeconds = await readCheckSeconds(standby)
      using _ = checkSeconds > readySeconds ? ctx.pauseLimit() : null
      // The time limit's message must name `verify`, the limit to raise if a container needs longer to become ready.
      using limit = withTimeLimit('verify', Math.max(readySeconds, checkSeconds), ctx.signal)
      const ready = { ...ctx, signal: limit.signal }
      await waitForContainer(docker, settings, standby, 'ready', ready)
      return routesToStandby(docker, standby.id, planned)
    },

    removeStandbys: (project) => removeStandbysOf(docker, project),

    async waitForDrain(containers, maxMs) {
      const timeOver = after(maxMs, undefined, { ref: false })
      const drained = Promise.all(
        containers.map(({ id, ports }) =>
          drain(
            id,
            ports.map(({ target }) => target),
            maxMs,
          ),
        ),
      )
      // Wait for all of the time if Docker does not answer: connections may be open.
      await Promise.race([drained.catch(() => timeOver), timeOver])
    },
  }
}
