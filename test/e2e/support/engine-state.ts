// Describes the result that compose or a deploy has left in a VM's Docker engine, without the values that are new for
// each container, so that the descriptions of two VMs can be compared.
import type { Vm } from '../../vm/vm.ts'
import { type Container, readEngine } from './engine-objects.ts'
import { identityKeys } from './identity-keys.ts'
import { maskIds } from './mask-ids.ts'
import { readContents } from './stack-contents.ts'

export type EngineState = Record<'containers' | 'networks' | 'volumes' | 'contents' | 'leftovers', Described>
type Described = Record<string, unknown>

/** Keys that are left out, among them those of networks and volumes. */
const ignoredKeys = new Set([
  ...identityKeys,
  'CreatedAt',
  'NetworkID',
  'Gateway',
  'Containers',
  'Mountpoint',
  'DNSNames',
])

/** @param isReference true for compose by hand, where a mounted file counts as it is on the disk. */
export async function readEngineState(vm: Vm, { isReference }: { isReference: boolean }): Promise<EngineState> {
  const objects = await readEngine(vm)
  const { containers, networks, volumes, nftTables } = objects
  // Sort with masked ids: the ids differ between two engines.
  const mask = (value: unknown) => sortLists(maskIds(value, objects))
  const composed = <T extends { Labels: Record<string, string> | null }>(list: T[]) =>
    list.filter(({ Labels }) => Labels?.['com.docker.compose.project'])
  return {
    containers: Object.fromEntries(containers.map((item) => [item.Name.slice(1), mask(describeContainer(item))])),
    networks: Object.fromEntries(composed(networks).map((item) => [item.Name, mask(withoutIdentity(item))])),
    volumes: Object.fromEntries(composed(volumes).map((item) => [item.Name, mask(withoutIdentity(item))])),
    contents: await readContents(vm, objects, isReference),
    leftovers: {
      'unused anonymous volumes': volumes.filter(
        ({ Name, Labels }) =>
          /^[0-9a-f]{64}$/.test(Name) &&
          !Labels?.['com.docker.compose.project'] &&
          !containers.some(({ Mounts }) => Mounts.some((mount) => mount.Name === Name)),
      ).length,
      'containers of the swap': containers.filter(({ Name }) => Name.includes('.bpt-')).map(({ Name }) => Name),
      'nft tables': nftTables,
    },
  }
}

function describeContainer(container: Container): unknown {
  const { Config, HostConfig, State } = container
  const isTied = /\bcontainer:/.test(`${HostConfig.NetworkMode} ${HostConfig.IpcMode} ${HostConfig.PidMode}`)
  const holdsId = isTied || (HostConfig.VolumesFrom?.length ?? 0) > 0
  const networks = Object.entries(container.NetworkSettings.Networks).map(([name, network]) => [
    name,
    { ...network, IPAddress: network.IPAMConfig?.IPv4Address, GlobalIPv6Address: network.IPAMConfig?.IPv6Address },
  ])
  return withoutIdentity({
    ...container,
    // Each engine builds its own images: their content is compared instead.
    Image: undefined,
    Config: { ...Config, Labels: describeLabels(Config.Labels, container.Image, holdsId) },
    State: { Status: State.Status, ExitCode: State.ExitCode, IsUnhealthy: State.Health?.Status === 'unhealthy' },
    NetworkSettings: {
      Networks: Object.fromEntries(networks),
      Ports: describePorts(HostConfig.PortBindings, container.NetworkSettings.Ports),
    },
  })
}

/** @param holdsId true where the settings hold the id of another container, so that their hash is new each time. */
function describeLabels(labels: Record<string, string>, image: string, holdsId: boolean): Record<string, unknown> {
  const { 'com.docker.compose.replace': _, ...others } = labels
  const ownImage = others['com.docker.compose.image'] === image
  return {
    ...others,
    ...('com.docker.compose.image' in others && { 'com.docker.compose.image': ownImage ? 'its own' : 'another' }),
    ...(holdsId && { 'com.docker.compose.config-hash': 'made of an id' }),
    // Compose lists dependencies in any order.
    'com.docker.compose.depends_on': (others['com.docker.compose.depends_on'] ?? '').split(',').toSorted(),
  }
}

type Bindings = Record<string, { HostIp: string; HostPort: string }[] | null> | null

/** Gives the published ports; a host port that the engine has chosen itself is left open. */
function describePorts(wanted: Bindings, ports: Bindings): unknown {
  return Object.entries(ports ?? {}).map(([port, bindings]) => {
    const isChosen = (wanted?.[port] ?? []).every(({ HostPort }) => HostPort === '' || HostPort === '0')
    return [port, bindings?.map(({ HostIp, HostPort }) => `${HostIp}:${isChosen ? 'any' : HostPort}`)]
  })
}

/** Leaves out values of the run. */
function withoutIdentity(value: object): unknown {
  return JSON.parse(JSON.stringify(value, (key, inner: unknown) => (ignoredKeys.has(key) ? undefined : inner)))
}

/** Sorts lists, which Docker keeps in no order. */
function sortLists(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), sortList)
}

/** The order of the words of a command counts. */
const orderedKeys = new Set(['Cmd', 'Entrypoint', 'Args', 'Test', 'Dns', 'DnsSearch'])

function sortList(key: string, value: unknown): unknown {
  if (!Array.isArray(value) || orderedKeys.has(key)) return value
  return value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}
