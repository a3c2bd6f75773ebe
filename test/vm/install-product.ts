// Installs the built product in a test VM as an administrator does.
import { join } from 'node:path'
import { checkoutDirectory } from './paths.ts'
import type { Vm } from './vm.ts'

const distInVm = '/opt/bpt-deployer-dist'
const secrets = '/bpt/production/code/.secrets'

export async function installProduct(vm: Vm): Promise<void> {
  await vm.copyIn(join(checkoutDirectory, 'dist'), distInVm)
  await vm.run(`${distInVm}/install.sh`, { timeoutMs: 120_000 })
  await vm.run('bptctl init')
  await vm.writeFile(`${secrets}/db_password`, 'a password for tests', { owner: 'root:bpt', mode: '640' })
}
