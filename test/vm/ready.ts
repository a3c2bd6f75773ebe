// Waits until a machine has booted: systemd has started everything, the engine and sshd answer.
import { succeeded } from './command.ts'
import { tried } from './docker.ts'

const booted = `
  until systemctl is-system-running --wait 2>/dev/null | grep -qE 'running|degraded'; do sleep 0.05; done
  until docker version >/dev/null 2>&1 && systemctl is-active -q ssh; do sleep 0.05; done`

export async function ready(name: string): Promise<void> {
  const waited = await tried(['exec', name, 'timeout', '60', 'bash', '-c', booted])
  if (waited.code !== 0) {
    const look = 'systemctl --no-pager --failed; systemctl list-jobs --no-pager; journalctl -b -n 40 --no-pager'
    const seen = await tried(['exec', name, 'bash', '-c', look])
    succeeded({ ...seen, code: waited.code }, `${name} has not booted: ${waited.stderr}`)
  }
}
