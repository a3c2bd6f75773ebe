// Lists the flags of `docker run` that let a container run systemd and a Docker engine of its own.
import { readFile } from 'node:fs/promises'
import { runDocker } from '../docker.ts'

// Linux, include/uapi/linux/capability.h: the position is the bit in /proc. Docker 20.10 knows no later ones.
const capabilities = `
  CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
  NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT
  SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE
  AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ`.match(
  /\w+/g,
) as string[]

export async function createRunFlags(): Promise<string[]> {
  const flags = ['--hostname', 'production']
  for (const capability of await availableCapabilities()) flags.push('--cap-add', capability)
  for (const option of ['seccomp', 'systempaths', 'apparmor']) flags.push('--security-opt', `${option}=unconfined`)
  for (const tmpfs of ['/run:exec,mode=755', '/run/lock', '/tmp:exec,mode=1777']) flags.push('--tmpfs', tmpfs)
  flags.push('-v', '/sys/fs/cgroup:/sys/fs/cgroup:rw')
  if ((await runDocker(['info', '--format', '{{.CgroupVersion}}'])) === '2') flags.push('--cgroupns=host')
  return flags
}

// Docker refuses to grant a capability that the host itself lacks: read the capabilities of the host.
async function availableCapabilities(): Promise<string[]> {
  const status = await readFile('/proc/self/status', 'utf8')
  const boundingSet = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? 'ffffffffffffffff'}`)
  return capabilities.filter((_, bit) => (boundingSet >> BigInt(bit)) & 1n)
}
