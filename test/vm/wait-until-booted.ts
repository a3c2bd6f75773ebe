// Waits until a machine has booted: systemd has started everything, the engine and sshd too.
import { succeeded } from './command.ts'
import { tried } from './docker.ts'

// A manager that does not answer yet says something as soon as it does.
const booted = `
  up() { systemctl is-system-running --wait 2>/dev/null | grep -qE 'running|degraded'; }
  socat -u UNIX-RECVFROM:/run/machine,unlink-early STDOUT > /dev/null & word=$!
  up || { wait $word; up; }
  kill $word 2>/dev/null
  systemctl is-active docker ssh && docker version > /dev/null`

export async function ready(name: string): Promise<void> {
  const waited = await tried(['exec', name, 'timeout', '60', 'bash', '-c', booted])
  if (waited.code !== 0) {
    const look = 'systemctl --no-pager --failed; systemctl list-jobs --no-pager; journalctl -b -n 40 --no-pager'
    const seen = await tried(['exec', name, 'bash', '-c', look])
    succeeded({ ...seen, code: waited.code }, `${name} has not booted: ${waited.stderr}`)
  }
}
