// Mounts small file systems in memory under the folders that the agent writes to, so that a fault can fill them up.
import type { Vm } from '../../vm/vm.ts'

const fileSystems = {
  logs: { path: '/bpt/production/build-logs', freeMegabytes: 32 },
  record: { path: '/var/lib/bpt-deployer', freeMegabytes: 32 },
  repository: { path: '/bpt/production/code', freeMegabytes: 64 },
  images: { path: '/var/lib/docker', freeMegabytes: 300 },
} as const
export type FileSystemName = keyof typeof fileSystems

export const fileSystemNames = Object.keys(fileSystems) as FileSystemName[]

/** Space that a deploy must leave free. It is less than the file systems have, or no deploy would begin. */
const keptFreeMegabytes = 4

/** Moves each folder to a small file system of its own. */
export async function mountSmallFileSystems(vm: Vm): Promise<void> {
  await vm.writeFile('/etc/bpt-deployer.toml', `[keep]\nfree_mb = ${keptFreeMegabytes}\n`)
  const moves = Object.values(fileSystems).map(({ path, freeMegabytes }) => `move ${path} ${freeMegabytes}`)
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

/** Gives a shell command that leaves not a byte free. */
export function fillCommand(name: FileSystemName): string {
  const file = fillerFile(name)
  return `dd if=/dev/zero of=${file} bs=1M 2>/dev/null; dd if=/dev/zero of=${file} oflag=append conv=notrunc bs=512 2>/dev/null`
}

export function freeCommand(name: FileSystemName): string {
  return `rm -f ${fillerFile(name)}`
}

function fillerFile(name: FileSystemName): string {
  return `${fileSystems[name].path}/filler`
}
