// Makes a new VM's disk from the prepared one. Image layers never change once they are written, so they become hard
// links; everything else is copied.
import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { assertSuccess, runCommand } from '../command.ts'
import { runDocker, tryDocker } from '../docker.ts'

const linkScript = `
  cp -al "$0/overlay2" "$1/"
  for part in "$0"/*; do [ "$part" = "$0/overlay2" ] || cp -a "$part" "$1/"; done`

export async function copyDisk(from: string, to: string, image: string): Promise<void> {
  await runDocker(['volume', 'create', to])
  const mountpoints = (await runDocker(['volume', 'inspect', '--format', '{{.Mountpoint}}', from, to])).split('\n')
  // Root on the engine's own host needs no container for the copy, whose start takes longer than the copy.
  if (process.getuid?.() === 0 && mountpoints.every((path) => existsSync(path))) {
    assertSuccess(await runCommand(['sh', '-ec', linkScript, ...mountpoints]), `copy ${from} to ${to}`)
    return
  }
  const helper = ['run', '--rm', '--network', 'none', '--entrypoint', 'sh']
  const volumes = posix.join(mountpoints[0] ?? '', '..', '..')
  const linked = await tryDocker([...helper, '-v', `${volumes}:${volumes}`, image, '-ec', linkScript, ...mountpoints])
  if (linked.code === 0) return
  // Docker Desktop keeps volumes in a hidden VM, where no link can be made: copy everything.
  await runDocker([...helper, '-v', `${from}:/from:ro`, '-v', `${to}:/to`, image, '-ec', 'cp -a /from/. /to/'])
}
