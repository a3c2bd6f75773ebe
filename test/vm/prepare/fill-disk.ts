// Fills a volume with the engine directory of a machine that has built the reference stack once:
// its images are loaded and its packages are in the build cache.
import { assertSuccess, runCommand } from '../command.ts'
import { dockerClient, runDocker } from '../docker.ts'
import { checkoutDirectory } from '../paths.ts'
import { createRunFlags } from '../run-flags.ts'
import { waitUntilBooted } from '../wait-until-booted.ts'
import type { StackImage } from './stack-images.ts'

export async function fillDisk(image: string, disk: string, images: StackImage[]): Promise<void> {
  const name = `${disk}-filling`
  await runDocker(['rm', '-fv', name]).catch(() => {})
  await runDocker(['run', '-d', '--name', name, ...(await createRunFlags()), '-v', `${disk}:/var/lib/docker`, image])
  try {
    await waitUntilBooted(name)
    for (const { name: wanted, image } of images) {
      await pipeIntoContainer('"$1" save "$3" | "$1" exec -i "$2" docker load', name, image)
      await runDocker(['exec', name, 'docker', 'tag', image, wanted])
      if (image !== wanted) await runDocker(['exec', name, 'docker', 'rmi', image])
    }
    const build = 'mkdir /root/stack && tar -x -C /root/stack && docker build -q -t warm /root/stack && docker rmi warm'
    await pipeIntoContainer(
      `tar -C "$3" -c Dockerfile .dockerignore server | "$1" exec -i "$2" sh -c '${build}'`,
      name,
      checkoutDirectory,
    )
    await runDocker(['exec', name, 'systemctl', 'stop', 'docker.socket', 'docker', 'containerd'])
  } finally {
    await runDocker(['rm', '-f', name])
  }
}

async function pipeIntoContainer(script: string, name: string, argument: string) {
  assertSuccess(
    await runCommand(['bash', '-o', 'pipefail', '-c', script, 'fill', dockerClient, name, argument]),
    script,
  )
}
