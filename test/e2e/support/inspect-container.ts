// Compares containers by `docker inspect`, without the fields that differ between two equal containers.
import type { Vm } from '../../vm/vm.ts'

/** Keys whose values are new for each container or belong to its run. */
const identityKeys = new Set([
  'Id',
  'Created',
  'State',
  'ResolvConfPath',
  'HostnamePath',
  'HostsPath',
  'LogPath',
  'GraphDriver',
  'SandboxID',
  'SandboxKey',
  'EndpointID',
  'IPAddress',
  'MacAddress',
  'RestartCount',
  'ExecIDs',
  // Compose marks a container that it created in place of another one.
  'com.docker.compose.replace',
])

export async function inspectWithoutIdentity(vm: Vm, container: string): Promise<unknown> {
  const [details] = JSON.parse((await vm.run(`docker inspect ${container}`)).stdout) as [{ Id: string }]
  const text = JSON.stringify(details, (key, value: unknown) => (identityKeys.has(key) ? undefined : sortArray(value)))
  return JSON.parse(text.replaceAll(details.Id.slice(0, 12), 'container'))
}

/** Sorts lists such as names and mounts, which Docker keeps in no order. */
function sortArray(value: unknown): unknown {
  return Array.isArray(value) ? value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : value
}
