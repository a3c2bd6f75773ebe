// A new machine's disk. Image layers never change once they are written, so they are hard links to
// those of the prepared disk; everything else is a copy.
import { posix } from 'node:path'
import { runDocker, tryDocker } from './docker.ts'

const linkScript = `
  cp -al "$0/overlay2" "$1/"
  for part in "$0"/*; do [ "$part" = "$0/overlay2" ] || cp -a "$part" "$1/"; done`

export async function copyDisk(from: string, to: string, image: string): Promise<void> {
  await runDocker(['volume', 'create', to])
  const helper = ['run', '--rm', '--network', 'none', '--entrypoint', 'sh']
  const places = (await runDocker(['volume', 'inspect', '--format', '{{.Mountpoint}}', from, to])).split('\n')
  const volumes = posix.join(places[0] ?? '', '..', '..')
  const linked = await tryDocker([...helper, '-v', `${volumes}:${volumes}`, image, '-ec', linkScript, ...places])
  if (linked.code === 0) return
  // An engine whose volumes are not at hand, as in a desktop's hidden machine, copies everything.
  await runDocker([...helper, '-v', `${from}:/from:ro`, '-v', `${to}:/to`, image, '-ec', 'cp -a /from/. /to/'])
}
