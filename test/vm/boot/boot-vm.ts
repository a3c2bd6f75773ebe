// Boots a test VM and lets its users log in.
import { mkdir } from 'node:fs/promises'
import { runDocker } from '../docker.ts'
import { readPublicKeys } from '../keys.ts'
import { Vm } from '../vm.ts'
import { prepareBootSource } from './boot-source.ts'
import { copyDisk } from './copy-disk.ts'
import { createRunFlags } from './run-flags.ts'

/**
 * Replaces a VM of the same name that an earlier run left behind.
 * @param siteImage an image that was made of the usual one, which is the default.
 */
export async function bootVm(name: string, siteImage?: string): Promise<Vm> {
  const source = await prepareBootSource()
  const image = siteImage ?? source.image
  const vm = new Vm(name)
  await vm.destroy()
  await mkdir(vm.hostDirectory, { recursive: true })
  await copyDisk(source.disk, vm.disk, image)
  const flags = ['--name', vm.container, ...(await createRunFlags()), '-v', `${vm.disk}:/var/lib/docker`]
  await runDocker(['run', '-d', ...flags, image])
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone
  await vm.run(`ln -sf "/usr/share/zoneinfo/${timeZone}" /etc/localtime; ${acceptKeysScript}`, {
    input: await readPublicKeys(),
  })
  await vm.waitUntilBooted()
  return vm
}

/** Reads public keys from standard input, each with its user's name as comment. */
const acceptKeysScript = `
  while read -r key; do
    person=\${key##* }
    install -d -m 700 -o "$person" -g "$person" "/home/$person/.ssh"
    echo "$key" > "/home/$person/.ssh/authorized_keys"
  done`
