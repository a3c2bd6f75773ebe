// Fills a volume with the engine directory of a machine that has built the reference stack once:
// its images are loaded and its packages are in the build cache.
import { command, succeeded } from '../command.ts'
import { client, docker } from '../docker.ts'
import { checkout } from '../paths.ts'
import { machineFlags } from '../run-flags.ts'
import { ready } from '../wait-until-booted.ts'
import type { Stack } from './stack-images.ts'

export async function fillDisk(image: string, disk: string, images: Stack[]): Promise<void> {
  const name = `${disk}-filling`
  await docker(['rm', '-fv', name]).catch(() => {})
  await docker(['run', '-d', '--name', name, ...(await machineFlags()), '-v', `${disk}:/var/lib/docker`, image])
  try {
    await ready(name)
    for (const { name: wanted, image } of images) {
      await onMachine('"$1" save "$3" | "$1" exec -i "$2" docker load', name, image)
      await docker(['exec', name, 'docker', 'tag', image, wanted])
      if (image !== wanted) await docker(['exec', name, 'docker', 'rmi', image])
    }
    const build = 'mkdir /root/stack && tar -x -C /root/stack && docker build -q -t warm /root/stack && docker rmi warm'
    await onMachine(
      `tar -C "$3" -c Dockerfile .dockerignore server | "$1" exec -i "$2" sh -c '${build}'`,
      name,
      checkout,
    )
    await docker(['exec', name, 'systemctl', 'stop', 'docker.socket', 'docker', 'containerd'])
  } finally {
    await docker(['rm', '-f', name])
  }
}

async function onMachine(script: string, name: string, argument: string) {
  succeeded(await command(['bash', '-o', 'pipefail', '-c', script, 'fill', client, name, argument]), script)
}
