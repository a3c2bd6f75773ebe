// What a container needs to be a machine: systemd as its first process and an engine of its own.
import { readFile } from 'node:fs/promises'
import { docker } from './docker.ts'

const sysResource = 1n << 24n

export async function machineFlags(): Promise<string[]> {
  const flags = ['--cap-add', 'ALL', '--hostname', 'production']
  for (const option of ['seccomp', 'systempaths', 'apparmor']) flags.push('--security-opt', `${option}=unconfined`)
  for (const tmpfs of ['/run:exec,mode=755', '/run/lock', '/tmp:exec,mode=1777']) flags.push('--tmpfs', tmpfs)
  flags.push('-v', '/sys/fs/cgroup:/sys/fs/cgroup:rw')
  if ((await docker(['info', '--format', '{{.CgroupVersion}}'])) === '2') flags.push('--cgroupns=host')
  if (!(await mayRaiseLimits())) flags.push('--cap-drop', 'SYS_RESOURCE')
  return flags
}

// Docker cannot give a capability that this machine itself lacks.
async function mayRaiseLimits(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8')
  const bound = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? 'ffffffffffffffff'
  return (BigInt(`0x${bound}`) & sysResource) !== 0n
}
