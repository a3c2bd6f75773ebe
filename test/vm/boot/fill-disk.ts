// Fills a volume with the Docker directory of a VM that has built the reference stack once: its images are loaded, and
// its npm packages are in the build cache.
import { assertSuccess, runCommand } from '../command.ts'
import { dockerClient, runDocker } from '../docker.ts'
import { checkoutDirectory } from '../paths.ts'
import { createRunFlags } from './run-flags.ts'
import type { StackImage } from './stack-images.ts'
import { waitUntilBooted } from './wait-until-booted.ts'

export async function fillDisk(image: string, disk: string, images: StackImage[]): Promise<void> {
  const container = `${disk}-filling`
  await runDocker(['rm', '-fv', container]).catch(() => {})
  await runDocker([
    'run',
    '-d',
    '--name',
    container,
    ...(await createRunFlags()),
    '-v',
    `${disk}:/var/lib/docker`,
    image,
  ])
  try {
    await waitUntilBooted(container)
    for (const { name, image: hostImage } of images) {
      await pipeIntoContainer('"$1" save "$3" | "$1" exec -i "$2" docker load', container, hostImage)
      await runDocker(['exec', container, 'docker', 'tag', hostImage, name])
      if (hostImage !== name) await runDocker(['exec', container, 'docker', 'rmi', hostImage])
    }
    const build = 'mkdir /root/stack && tar -x -C /root/stack && docker build -q -t warm /root/stack && docker rmi warm'
    await pipeIntoContainer(
      `tar -C "$3" -c Dockerfile .dockerignore server | "$1" exec -i "$2" sh -c '${build}'`,
      container,
      checkoutDirectory,
    )
    await runDocker(['exec', container, 'systemctl', 'stop', 'docker.socket', 'docker', 'containerd'])
  } finally {
    await runDocker(['rm', '-f', container])
  }
}

/** @param script gets the Docker client as $1, the container as $2 and the source as $3. */
async function pipeIntoContainer(script: string, container: string, source: string) {
  const argv = ['bash', '-o', 'pipefail', '-c', script, 'fill', dockerClient, container, source]
  assertSuccess(await runCommand(argv), script)
}
