// How long a command takes inside a machine: how one gets there is no part of it.
import type { Vm } from '../../vm/vm.ts'
import { installedNode } from './vm-program.ts'

/** Gives the milliseconds of a command that ada types. */
export function inside(vm: Vm, command: string): () => Promise<number> {
  const timed = `began=$(date +%s%N); ${command} > /dev/null; echo $((($(date +%s%N) - began) / 1000))`
  return async () => Number((await vm.run(timed, { as: 'ada' })).stdout) / 1000
}

/** What no client goes below: the Node that it runs on, with an empty program. */
export async function emptyProgram(vm: Vm): Promise<() => Promise<number>> {
  await vm.writeFile('/tmp/empty.js', '')
  return inside(vm, `${installedNode} /tmp/empty.js`)
}
