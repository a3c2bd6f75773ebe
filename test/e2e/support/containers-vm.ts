// Calls the agent's Containers on a test VM, against its real engine.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { build } from 'esbuild'
import { agentBundle } from '../../../scripts/bundle-options.ts'
import { checkoutDirectory } from '../../vm/paths.ts'
import type { Vm } from '../../vm/vm.ts'
import type { ContainersCall, ContainersResult } from './containers-in-vm.ts'

const programFolder = '/opt/containers'
const composeLabels = ['com.docker.compose.project=shop', 'com.docker.compose.oneoff=False']

export async function installContainersProgram(vm: Vm): Promise<void> {
  const entry = join(checkoutDirectory, 'test/e2e/support/containers-in-vm.ts')
  const { outputFiles = [] } = await build({ ...agentBundle, entryPoints: [entry], write: false })
  await vm.writeFile(`${programFolder}/containers.mjs`, outputFiles[0]?.text ?? '')
  await vm.copyIn(join(checkoutDirectory, 'dist/lib/bin/node'), `${programFolder}/node`)
  await vm.run(`chmod +x ${programFolder}/node`)
}

/** Makes the calls in one process, as the agent does in one life. */
export async function callContainers(vm: Vm, calls: ContainersCall[]): Promise<ContainersResult[]> {
  const command = `${programFolder}/node ${programFolder}/containers.mjs`
  const { stdout } = await vm.run(command, { input: JSON.stringify(calls), timeoutMs: 180_000 })
  return JSON.parse(stdout)
}

/** Makes calls of which none may fail; resolves with the last result. */
export async function callLast(vm: Vm, ...calls: ContainersCall[]): Promise<ContainersResult> {
  const results = await callContainers(vm, calls)
  for (const { failure } of results.slice(0, -1)) assert.equal(failure, undefined)
  return results.at(-1) ?? assert.fail('no call')
}

/**
 * Creates a container as compose does, without starting it.
 * @param options of `docker create`.
 * @param command in the syntax of sh; by default the container sleeps.
 */
export async function createContainer(vm: Vm, name: string, options = '', command = 'sleep infinity'): Promise<void> {
  const labels = [...composeLabels, `com.docker.compose.service=${name.split('.')[0]}`].map((label) => `-l ${label}`)
  const create = `docker create --init --name ${name} ${labels.join(' ')} ${options} node:26-slim sh -c "$1"`
  await vm.run(`set -- ${quote(command)}; docker rm -fv ${name} >/dev/null 2>&1; ${create}`)
}

/** A server on this address and port of the container. */
export const serverCommand = (address = '0.0.0.0', port = 80): string =>
  `exec node -e "require('http').createServer((_, response) => response.end()).listen(${port}, '${address}')"`

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
