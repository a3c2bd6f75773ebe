// Runs the programs of ../in-vm on the test VM, by the Node that is installed with the product.
import { join } from 'node:path'
import type { Vm } from '../../vm/vm.ts'

export const installedNode = '/usr/lib/bpt-deployer/bin/node'

/** Copies a program of ../in-vm to the VM, and returns the command that runs it. */
export async function copyProgram(vm: Vm, name: string): Promise<string> {
  const target = `/opt/bench/${name}`
  await vm.copyIn(join(import.meta.dirname, '../in-vm', name), target)
  return `${installedNode} ${target}`
}
