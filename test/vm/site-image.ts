// Provides the image of test VMs on which the built product is installed. It is made once for each build, since the
// installation takes longer than the boot of a VM.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { prepareBootSource } from './boot/boot-source.ts'
import { bootVm } from './boot/boot-vm.ts'
import { existsInDocker, runDocker, tryDocker } from './docker.ts'
import { withHostLock } from './lock.ts'
import { checkoutDirectory } from './paths.ts'
import type { Vm } from './vm.ts'

const dist = join(checkoutDirectory, 'dist')
const distInVm = '/opt/bpt-deployer-dist'
const secrets = '/bpt/production/code/.secrets'
const siteLabel = 'bpt-test-site'
/** Each build leaves an image. Other checkouts may use theirs at the same time. */
const keptHours = 2

export async function provideSiteImage(): Promise<string> {
  const image = `bpt-test-site:${await hashInstallation()}`
  if (await existsInDocker('image', image)) return image
  await withHostLock('bpt-deployer-test-site', async () => {
    if (!(await existsInDocker('image', image))) await createSiteImage(image)
  })
  return image
}

async function createSiteImage(image: string) {
  const vm = await bootVm(image.replace(':', '-'))
  try {
    await installProduct(vm)
    await vm.run(cleanScript)
    await vm.cutPower()
    await runDocker(['commit', '--pause=false', '--change', `LABEL ${siteLabel}=`, vm.container, image])
  } finally {
    await vm.destroy()
  }
  const old = ['--filter', `label=${siteLabel}`, '--filter', `until=${keptHours}h`]
  await tryDocker(['image', 'prune', '--all', '--force', ...old])
}

/** Installs the product as an administrator does. */
async function installProduct(vm: Vm) {
  await vm.copyIn(dist, distInVm)
  await vm.run(`${distInVm}/install.sh`, { timeoutMs: 120_000 })
  await vm.run('bptctl init')
  await vm.writeFile(`${secrets}/db_password`, 'a password for tests', { owner: 'root:bpt', mode: '640' })
}

/** Stops what writes to the disk, and leaves no second copy of Node and no journal of the installation. */
const cleanScript = `
  systemctl stop bpt-deployer.socket bpt-deployer.service docker.socket docker.service containerd.service
  ln -f /usr/lib/bpt-deployer/bin/node ${distInVm}/lib/bin/node
  systemctl stop systemd-journald.socket systemd-journald-dev-log.socket systemd-journald.service
  rm -rf /var/log/journal/*
  sync`

/** Node's program is not read: its version tells the same. */
async function hashInstallation(): Promise<string> {
  const { image } = await prepareBootSource()
  const entries = await readdir(dist, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const hash = createHash('sha256').update(image).update(process.version)
  for (const path of [...paths.sort(), import.meta.filename]) {
    hash.update(path)
    if (path !== join(dist, 'lib/bin/node')) hash.update(await readFile(path))
  }
  return hash.digest('hex').slice(0, 12)
}
