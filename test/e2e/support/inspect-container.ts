// Compares containers by `docker inspect`, without the fields that differ between two equal containers.
import type { Vm } from '../../vm/vm.ts'
import { identityKeys } from './identity-keys.ts'

const ignoredKeys = new Set([
  ...identityKeys,
  'State',
  'IPAddress',
  // Compose marks a container that it created in place of another one.
  'com.docker.compose.replace',
])

export async function inspectWithoutIdentity(vm: Vm, container: string): Promise<unknown> {
  const [details] = JSON.parse((await vm.run(`docker inspect ${container}`)).stdout) as [{ Id: string }]
  const text = JSON.stringify(details, (key, value: unknown) => (ignoredKeys.has(key) ? undefined : sortArray(value)))
  return JSON.parse(text.replaceAll(details.Id.slice(0, 12), 'container'))
}

/** Sorts lists such as names and mounts, which Docker keeps in no order. */
function sortArray(value: unknown): unknown {
  return Array.isArray(value) ? value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : value
}
