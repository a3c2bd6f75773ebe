// A container as Docker tells of it, without what differs between two that were made alike.
import type { Vm } from '../../vm/vm.ts'

/** Keys whose values are made up anew for each container, or tell of its life. */
const identityKeys = new Set(
  ['Id', 'Created', 'State', 'ResolvConfPath', 'HostnamePath', 'HostsPath', 'LogPath', 'GraphDriver'].concat([
    'SandboxID',
    'SandboxKey',
    'EndpointID',
    'IPAddress',
    'MacAddress',
    'RestartCount',
  ]),
)

export async function inspectWithoutIdentity(vm: Vm, container: string): Promise<unknown> {
  const [found] = JSON.parse((await vm.run(`docker inspect ${container}`)).stdout) as [{ Id: string }]
  const short = found.Id.slice(0, 12)
  const text = JSON.stringify(found, (key, value: unknown) => (identityKeys.has(key) ? undefined : sortArray(value)))
  return JSON.parse(text.replaceAll(short, 'itself'))
}

/** Docker keeps lists like those of names and mounts in no order. */
function sortArray(value: unknown): unknown {
  return Array.isArray(value) ? value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : value
}
