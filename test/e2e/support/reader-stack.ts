// Provides a stack with a service `reader` that notes at its start which files it sees, and tells from the notes which
// contents are in effect: a program reads its configuration once.
import assert from 'node:assert/strict'
import type { Vm } from '../../vm/vm.ts'
import type { Site } from './site.ts'
import { commitServers, pushAndFindDeploy, type ServerBehaviour, webCompose } from './swap-stack.ts'

/** Prints each file below /used, with `x` if it is executable, and its content. */
const listFiles = `cd /used; find -L . -type f | LC_ALL=C sort |
  while read -r f; do echo "$f $(test -x "$f" && echo x || echo -) $(cat "$f")"; done`

/**
 * A compose file with a built service `web`, with `reader`, and with `bystander`, which uses nothing.
 * @param settings further lines of the service `reader`. @param definitions further lines of the file.
 */
export function readerCompose(settings: string, definitions = ''): string {
  const service = (name: string, command: string, further = '') => `  ${name}:
    image: node:26-slim
    container_name: ${name}
    init: true
    stop_signal: SIGKILL
    command: ["sh", "-c", ${JSON.stringify(command.replaceAll('$', '$$$$'))}]
${further}`
  return `${webCompose()}
${service('bystander', 'exec sleep infinity')}${service('reader', `(${listFiles}) > /seen; exec sleep infinity`, settings)}
${definitions}`
}

/** Lines of what `reader` saw at its start: path below /used, `x` or `-`, content. */
export async function readSeenFiles(vm: Vm): Promise<string[]> {
  const { stdout } = await vm.run('docker exec reader cat /seen')
  return stdout.trim().split('\n').filter(Boolean)
}

/** Asserts the files that `reader` saw at its start, and that it sees the same now. */
export async function assertUsedFiles(vm: Vm, expected: string[]): Promise<void> {
  assert.deepEqual(await readSeenFiles(vm), expected)
  const { stdout } = await vm.run(`docker exec reader sh -c '${listFiles}'`)
  assert.deepEqual(stdout.trim().split('\n').filter(Boolean), expected)
}

/** Ids of the stack's containers by service. */
export async function readContainerIds(vm: Vm): Promise<Record<string, string>> {
  const format = '{{.Label "com.docker.compose.service"}} {{.ID}}'
  const { stdout } = await vm.run(
    `docker ps --no-trunc --filter label=com.docker.compose.project=code --format '${format}'`,
  )
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  )
}

/** Lists the services whose containers `act` has replaced, added or removed, by name. */
export async function findReplaced(vm: Vm, act: () => Promise<unknown>): Promise<string[]> {
  const before = await readContainerIds(vm)
  await act()
  const after = await readContainerIds(vm)
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .toSorted()
}

/** Commits a version of `web` with the compose file; by default it is healthy. */
export function commitVersion(
  site: Site,
  version: string,
  compose: string,
  behaviour: ServerBehaviour = 'healthy',
): Promise<string> {
  return commitServers(site, version, { web: behaviour }, compose)
}

/** Pushes and asserts that the deploy is live; resolves with its log. */
export async function pushLive(site: Site): Promise<string> {
  const { state } = await pushAndFindDeploy(site)
  const log = await site.log()
  assert.equal(state, 'live', log)
  return log
}

/** Pushes and asserts that the deploy has failed and that the previous state was put back. */
export async function pushFailing(site: Site): Promise<void> {
  const { state } = await pushAndFindDeploy(site)
  const log = await site.log()
  assert.equal(state, 'failed', log)
  assert.match(log, /put back/)
}

/** Rolls back to the release before and asserts that it is live; resolves with the log. */
export async function rollBack(site: Site): Promise<string> {
  await site.vm.run('bptctl rollback', { as: 'ada', timeoutMs: 120_000 })
  return site.log()
}
