// Measures commands inside of a test VM, so that the way into the VM does not count.
import type { Vm } from '../../vm/vm.ts'
import { installedNode } from './vm-program.ts'

/** Gives a timer: each call of it runs the command as ada and returns its milliseconds. */
export function commandTimer(vm: Vm, command: string): () => Promise<number> {
  const script = `began=$(date +%s%N); ${command} > /dev/null; echo $((($(date +%s%N) - began) / 1000))`
  return async () => Number((await vm.run(script, { as: 'ada' })).stdout) / 1000
}

/** Times the lower bound of every client: the Node that it runs on, with an empty program. */
export async function emptyProgramTimer(vm: Vm): Promise<() => Promise<number>> {
  await vm.writeFile('/tmp/empty.js', '')
  return commandTimer(vm, `${installedNode} /tmp/empty.js`)
}
