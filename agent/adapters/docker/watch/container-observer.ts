// Follows what happens to the containers of a project, by Docker's events.
import type Docker from 'dockerode'
import type { ContainerInspectInfo } from 'dockerode'
import type {
  ContainerEnd,
  ContainerObserver,
  ObservedContainer,
} from '../../../interfaces/engine/container-observer.ts'
import { tcpTargets } from '../../health/readiness-check.ts'
import { healthCheckUse, type ReadinessSettings } from '../containers/wait-for-container.ts'
import { gotStopSignal } from '../foreign-act.ts'
import { ignoreNotFound } from '../images.ts'
import { containerName, listStackContainers, permanentName, serviceName } from '../stack-containers.ts'
import { readLastLines } from '../wait-or-log-output.ts'
import { followIncidents } from './incidents.ts'

export interface ContainerObserverDeps extends ReadinessSettings {
  docker: Docker
  /** The name of the compose project. */
  projectName(): Promise<string>
}

export function createContainerObserver(deps: ContainerObserverDeps): ContainerObserver {
  const { docker, projectName, readiness } = deps

  function toObserved(info: ContainerInspectInfo, service: string): ObservedContainer {
    const { State, HostConfig, RestartCount: restarts } = info
    const ports = readiness(service).ports ?? tcpTargets(Object.keys(HostConfig.PortBindings ?? {}))
    return {
      id: info.Id,
      name: permanentName(info.Name.slice(1)),
      service,
      startedAt: toTime(State.StartedAt),
      endedAt: toTime(State.FinishedAt),
      isRunning: State.Running,
      isUnhealthy: State.Running && State.Health?.Status === 'unhealthy',
      restarts,
      mustAnswer: ports.length > 0,
      mustBeHealthy: healthCheckUse(deps, service).isProof,
    }
  }

  return {
    async listObserved() {
      const listed = await listStackContainers(docker, await projectName())
      const inPlace = listed.filter((container) => containerName(container) === permanentName(containerName(container)))
      const observed = inPlace.map(async (container) => {
        const info = await docker.getContainer(container.Id).inspect().catch(ignoreNotFound)
        return info ? [toObserved(info, serviceName(container))] : []
      })
      return (await Promise.all(observed)).flat()
    },

    async observe(since, report, signal) {
      await followIncidents(docker, await projectName(), since, report, signal)
    },

    async readEnd(id): Promise<ContainerEnd | null> {
      const info = await docker.getContainer(id).inspect().catch(ignoreNotFound)
      if (!info || info.State.Running) return null
      const { ExitCode: exitCode, OOMKilled: isOutOfMemory } = info.State
      return { exitCode, isOutOfMemory, isRequested: await gotStopSignal(docker, info) }
    },

    readLastLines: (id) => readLastLines(docker, id).catch(() => []),
  }
}

/** Docker writes the year 1 for a time that has not come yet. */
function toTime(text: string): number | null {
  const time = Date.parse(text)
  return time > 0 ? time : null
}
