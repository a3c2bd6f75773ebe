// Replaces containers in Docker, with standbys if the strategy asks for them.
import { setTimeout as after } from 'node:timers/promises'
import type Docker from 'dockerode'
import type { Service } from '../../interfaces/engine/compose-project.ts'
import type { ContainerSwap } from '../../interfaces/engine/container-swap.ts'
import { type StepContext, withTimeLimit } from '../../interfaces/step-context.ts'
import type { Route } from '../../interfaces/traffic-gate.ts'
import { ignoreNotFound } from '../docker/images.ts'
import type { ContainerReplacer } from '../docker/replace-containers.ts'
import { containerName, permanentName } from '../docker/stack-containers.ts'
import type { StandbyContainers } from '../docker/standby-containers.ts'
import { waitOrLogOutput } from '../docker/wait-or-log-output.ts'
import { type ReadinessTarget, waitUntilReady } from '../health/wait-healthy.ts'
import { waitUntilDisconnected } from '../network/open-connections.ts'
import { containerPorts, waitForContainers } from './service-containers.ts'

export interface DockerContainerSwapDeps {
  docker: Docker
  replacer: ContainerReplacer
  standbys: StandbyContainers
  /** The configured HTTP path whose answer shows that a service is ready (`swap.path`); null if there is none. */
  readinessPath(service: string): string | null
}

export function createDockerContainerSwap(deps: DockerContainerSwapDeps): ContainerSwap {
  const { docker, replacer, standbys } = deps
  const readinessTarget = (service: Service): ReadinessTarget => ({
    ports: containerPorts(service),
    path: deps.readinessPath(service.name),
  })

  async function startStandby(service: Service, readySeconds: number, ctx: StepContext): Promise<Route[]> {
    const [running] = await replacer.findContainers(service)
    if (running?.State !== 'running') return []
    const id = await standbys.start(service, permanentName(containerName(running)), ctx)
    // The time limit's message must name `verify`, the limit to raise if a container needs longer to become ready.
    using limit = withTimeLimit('verify', readySeconds, ctx.signal)
    const { signal } = limit
    const wait = () => waitUntilReady(docker, id, { ...readinessTarget(service), signal })
    await waitOrLogOutput(docker, { id, container: id }, wait, { ...ctx, signal })
    return standbys.routesTo(service, id)
  }

  async function waitForDrainOf(service: Service, maxMs: number): Promise<void> {
    const running = (await replacer.findContainers(service)).filter(({ State }) => State === 'running')
    const inspected = await Promise.all(
      running.map(({ Id }) => docker.getContainer(Id).inspect().catch(ignoreNotFound)),
    )
    await Promise.all(
      inspected.map((info) => info && waitUntilDisconnected(info.State.Pid, containerPorts(service), maxMs)),
    )
  }

  return {
    outdatedServices: (services) => replacer.findOutdated(services),

    async startStandbys(services, readySeconds, ctx) {
      return (await Promise.all(services.map((service) => startStandby(service, readySeconds, ctx)))).flat()
    },

    async waitForDrain(services, maxMs) {
      const timeOver = after(maxMs, undefined, { ref: false })
      const drained = Promise.all(services.map((service) => waitForDrainOf(service, maxMs)))
      // Wait for all of the time if Docker does not answer: connections may be open.
      await Promise.race([drained.catch(() => timeOver), timeOver])
    },

    prepareContainers: (services, ctx) => replacer.prepare(services, ctx),
    replaceContainers: (services, ctx) => replacer.replace(services, ctx),

    async waitUntilReady(services, ctx) {
      await Promise.all(
        services.map((service) => {
          const wait = (id: string) => waitUntilReady(docker, id, { ...readinessTarget(service), signal: ctx.signal })
          return waitForContainers({ docker, replacer }, service, wait, ctx)
        }),
      )
    },

    async removeReplaced() {
      await Promise.all([standbys.removeAll(), replacer.removeReplaced()])
    },
  }
}
