// Derives the options of a standby from the inspection of a planned container, which is not started yet.
import type { ContainerCreateOptions, EndpointsConfig, HostConfig } from 'dockerode'
import { publishedPortsOf } from './published-ports.ts'
import { serviceOf } from './stack-snapshot.ts'

export const standbyLabel = 'bpt-deployer.standby'

/** Id of the planned container: a standby of another one is not used again. */
export const plannedLabel = 'bpt-deployer.planned'

/** Compose's mark on a container that it created in place of another one. */
const replaceLabel = 'com.docker.compose.replace'

/** The parts of Docker's inspection of a container from which its standby is made. */
export interface StandbyTemplate {
  Id: string
  Image: string
  Config: { Hostname: string; MacAddress?: string; Labels: Record<string, string> }
  HostConfig: HostConfig
  NetworkSettings: { Networks: EndpointsConfig }
}

export interface StandbySpec {
  options: ContainerCreateOptions
  networks: EndpointsConfig
}

/**
 * Keeps everything but names, labels, ports, restart policy and addresses, which belong to the planned container.
 * Its networks keep only links. A standby publishes only random ports.
 */
export function createStandbySpec(planned: StandbyTemplate): StandbySpec {
  const { Hostname, MacAddress: _, ...config } = planned.Config
  const { [replaceLabel]: __, ...labels } = config.Labels
  const networks = Object.entries(planned.NetworkSettings.Networks)
  // Docker requires the network of `NetworkMode` at the creation.
  const isFirst = ([name]: [string, unknown]) => name === planned.HostConfig.NetworkMode
  const ordered = [...networks.filter(isFirst), ...networks.filter((network) => !isFirst(network))]
  return {
    options: {
      ...config,
      // Docker takes the beginning of the id as the host name if none is configured; the standby gets its own.
      ...(planned.Id.startsWith(Hostname) ? {} : { Hostname }),
      Image: planned.Image,
      Labels: {
        ...labels,
        'com.docker.compose.oneoff': 'True',
        [standbyLabel]: serviceOf(planned),
        [plannedLabel]: planned.Id,
      },
      HostConfig: {
        ...planned.HostConfig,
        PortBindings: randomBindings(planned),
        PublishAllPorts: false,
        RestartPolicy: { Name: 'no' },
      },
    },
    networks: Object.fromEntries(ordered.map(([name, { Links, DriverOpts }]) => [name, { Links, DriverOpts }])),
  }
}

/** Names the reason why no second container can run beside the first one; null if it can. */
export function whyNoStandby({ HostConfig }: Pick<StandbyTemplate, 'HostConfig'>): string | null {
  const { NetworkMode = '' } = HostConfig
  if (NetworkMode === 'host') return 'it uses the network of the host'
  if (NetworkMode === 'none') return 'it has no network'
  return NetworkMode.startsWith('container:') ? 'it uses the network of another container' : null
}

function randomBindings(
  planned: Pick<StandbyTemplate, 'HostConfig'>,
): Record<string, { HostIp: string; HostPort: string }[]> {
  const targets = Object.groupBy(publishedPortsOf(planned), ({ target }) => `${target}/tcp`)
  return Object.fromEntries(
    Object.entries(targets).map(([target, ports = []]) => [
      target,
      [...new Set(ports.map(({ address }) => address?.ip ?? ''))].map((HostIp) => ({ HostIp, HostPort: '' })),
    ]),
  )
}
