// Gives a test VM a newer compose than that of its Debian release, and the buildx that it needs. They are fetched once,
// when a test asks for them.
import { join } from 'node:path'
import { provideBaseImage } from './boot/base-image.ts'
import { buildImage } from './boot/build-image.ts'
import { reportProgress } from './boot/report-progress.ts'
import { assertSuccess, runCommand } from './command.ts'
import { dockerClient, existsInDocker } from './docker.ts'
import { withHostLock } from './lock.ts'
import type { Vm } from './vm.ts'

const pluginImage = 'bpt-test-compose:sid'
const folderInVm = '/usr/libexec/docker/cli-plugins'

/** Replaces the VM's compose by that of Debian's development suite; the engine stays. */
export async function installNewerCompose(vm: Vm): Promise<void> {
  await withHostLock('bpt-deployer-test-compose', async () => {
    if (await existsInDocker('image', pluginImage)) return
    reportProgress("fetching compose and buildx of Debian's development suite (once)")
    await buildImage(pluginImage, await provideBaseImage(), join(import.meta.dirname, 'compose-plugin')).catch(
      (thrown: unknown) => {
        throw new Error("compose and buildx of Debian's development suite cannot be fetched", { cause: thrown })
      },
    )
  })
  const script =
    '"$0" run --rm --network none "$1" tar -C /plugins -c . | "$0" exec -i "$2" tar -C "$3" -x --no-same-owner'
  const argv = ['bash', '-o', 'pipefail', '-c', script, dockerClient, pluginImage, vm.container, folderInVm]
  assertSuccess(await runCommand(argv), `copy compose into ${vm.name}`)
}
