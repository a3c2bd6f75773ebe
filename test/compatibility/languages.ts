// Provides debian:languages in test VMs: an image with the languages of the projects that neither node nor perl run.
import { join } from 'node:path'
import { provideBaseImage } from '../vm/boot/base-image.ts'
import { buildImage } from '../vm/boot/build-image.ts'
import { assertSuccess, runCommand } from '../vm/command.ts'
import { dockerClient, existsInDocker } from '../vm/docker.ts'
import { withHostLock } from '../vm/lock.ts'
import type { Vm } from '../vm/vm.ts'

const hostImage = 'bpt-test-languages:latest'
export const languagesImage = 'debian:languages'

export async function provideLanguages(vm: Vm): Promise<void> {
  await withHostLock('bpt-deployer-test-languages', async () => {
    if (!(await existsInDocker('image', hostImage)))
      await buildImage(hostImage, await provideBaseImage(), join(import.meta.dirname, 'languages'))
  })
  const script = '"$0" save "$1" | "$0" exec -i "$2" docker load'
  const argv = ['bash', '-o', 'pipefail', '-c', script, dockerClient, hostImage, vm.container]
  assertSuccess(await runCommand(argv), `load ${hostImage} into ${vm.name}`)
  await vm.run(`docker tag ${hostImage} ${languagesImage} && docker rmi ${hostImage}`)
}
