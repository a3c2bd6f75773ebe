// What a container needs to be a machine: systemd as its first process and an engine of its own.
import { readFile } from 'node:fs/promises'
import { runDocker } from './docker.ts'

// In the kernel's order, by which they are known in /proc, as far as Docker 20.10 knows them.
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

// Docker cannot give a capability that this machine itself lacks, and engines differ in how they say so.
async function availableCapabilities(): Promise<string[]> {
  const status = await readFile('/proc/self/status', 'utf8')
  const bound = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? 'ffffffffffffffff'}`)
  return capabilities.filter((_, bit) => (bound >> BigInt(bit)) & 1n)
}
