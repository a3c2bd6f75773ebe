// Small file systems under what the agent writes to, in memory, so that they can be filled to the brim without harm.
import type { Vm } from '../../vm/vm.ts'

export const places = {
  logs: { path: '/bpt/production/build-logs', room: 32 },
  record: { path: '/var/lib/bpt-deployer', room: 32 },
  repository: { path: '/bpt/production/code', room: 64 },
  images: { path: '/var/lib/docker', room: 300 },
} as const
export type Place = keyof typeof places

/** What a deploy must leave free, in MB: less than there is, so that deploys begin at all. */
const leave = 4

/** Moves each place to a file system of its own that has so many megabytes left. */
export async function shrink(vm: Vm): Promise<void> {
  await vm.writeFile('/etc/bpt-deployer.toml', `[keep]\nfree_mb = ${leave}\n`)
  const moves = Object.values(places).map(({ path, room }) => `move ${path} ${room}`)
  await vm.run(
    `set -e
    move() {
      size=$(($(du -sm "$1" | cut -f1) + $2))
      mkdir /var/moved
      mount -t tmpfs -o size=$size"m" tmpfs /var/moved
      cp -a "$1/." /var/moved
      mount --move /var/moved "$1"
      rmdir /var/moved
    }
    systemctl stop bpt-deployer.socket bpt-deployer docker.socket docker containerd
    ${moves.join('\n')}
    systemctl start containerd docker.socket docker bpt-deployer.socket bpt-deployer`,
    { timeoutMs: 180_000 },
  )
}

/** Leaves not a byte. */
export function filled(place: Place): string {
  const file = `${places[place].path}/brim`
  return `dd if=/dev/zero of=${file} bs=1M 2>/dev/null; dd if=/dev/zero of=${file} oflag=append conv=notrunc bs=512 2>/dev/null`
}

export function emptied(place: Place): string {
  return `rm -f ${places[place].path}/brim`
}
